/** What a reader makes of a reply that comes in the pieces given. */
import type { ReplyHead } from '../../../src/upstream/http1/reply-head.ts';
import { ReplyReader } from '../../../src/upstream/http1/reply-reader.ts';

export interface ReadReply {
  head: ReplyHead | undefined;
  /** Null for a reply without one by its kind. */
  body: string | null;
  /** The message of what it failed with; empty for a whole reply, undefined while it goes on. */
  failure: string | undefined;
  /** Whether another request may follow. */
  isReusable: boolean;
}

interface Circumstances {
  readonly method?: string;
  /** The connection ends after the last piece. */
  readonly ends?: boolean;
}

export function readReply(
  pieces: readonly (string | Buffer)[],
  { method = 'GET', ends = false }: Circumstances = {},
): ReadReply {
  const read: ReadReply = { head: undefined, body: null, failure: undefined, isReusable: false };
  const reader: ReplyReader = new ReplyReader({
    head(head, hasBody) {
      if (read.head !== undefined) throw new Error('a second head');
      read.head = head;
      read.body = hasBody ? '' : null;
    },
    chunk(bytes) {
      if (read.body === null || read.failure !== undefined) throw new Error('a chunk out of place');
      if (bytes.length === 0) throw new Error('a chunk of nothing');
      read.body += Buffer.from(bytes).toString('latin1');
    },
    done() {
      if (read.failure !== undefined) throw new Error('a second end');
      read.failure = '';
      read.isReusable = reader.mayServeAgain;
    },
  });
  reader.begin(method);
  try {
    for (const piece of pieces) {
      if (read.failure !== undefined) {
        // The connection takes what comes unasked for its end.
        read.isReusable = false;
        break;
      }
      reader.push(Buffer.from(piece as string, 'latin1'));
      if (reader.isPaused) reader.resume();
    }
    if (ends && read.failure === undefined) reader.end();
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown)) throw thrown;
    read.failure = thrown.message;
    read.isReusable = false;
  }
  return read;
}

/** Every way to cut it in two, and into single bytes. */
export function* cuts(text: string): Generator<string[]> {
  for (let at = 1; at < text.length; at++) yield [text.slice(0, at), text.slice(at)];
  yield [...text];
}
