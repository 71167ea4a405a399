/** The body of a request that streams, in chunks (RFC 9112, section 7.1), at the pace of the connection. */
import type { Connection } from './connection.ts';

const lineEnd = Buffer.from('\r\n');
const lastChunk = '0\r\n\r\n';

/** Whose body it is. */
export interface BodySender {
  /** Nobody waits for the rest any more. */
  readonly isOver: boolean;
  untilDrained(): Promise<void>;
  /** The body cannot be read to its end. */
  broken(thrown: unknown): void;
}

/** Never rejects: what cannot be read breaks the sending. */
export async function sendInChunks(
  body: ReadableStream<Uint8Array>,
  connection: Connection,
  sending: BodySender,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (sending.isOver) break;
      if (done) {
        connection.write(lastChunk);
        connection.written();
        return;
      }
      // A chunk of no bytes would be the last.
      if (value.byteLength === 0) continue;
      const size = Buffer.from(`${value.byteLength.toString(16)}\r\n`);
      if (!connection.write(Buffer.concat([size, value, lineEnd]))) await sending.untilDrained();
    }
    // The reply came before its request was sent, or never will.
    await reader.cancel();
  } catch (thrown) {
    sending.broken(thrown);
  }
}
