/** What a connection can fail with, by the codes that `failure.ts` knows. */

/** The other side speaks, but not HTTP as RFC 9112 has it; the message says what is wrong. */
export class BadReply extends Error {
  readonly code = 'Malformed_HTTP_Response';
}

/** The connection ended before the reply did. */
export class ConnectionLost extends Error {
  readonly code = 'ConnectionClosed';

  constructor(cause?: unknown) {
    super('the connection ended before the reply did', { cause });
  }
}

/** The request was given up here. */
export class Cancelled extends Error {
  readonly code = 'Cancelled';

  constructor() {
    super('the request was given up');
  }
}
