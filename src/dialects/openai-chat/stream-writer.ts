/** The stream a chat client sees: chunks put together again, or written anew where another dialect was read. */
import type { Losses } from '../../core/losses.ts';
import type { CallHead, StreamWriter } from '../dialect.ts';
import { writeFrame } from '../openai/reply-writer.ts';
import { createStreamWriter as createOwnWriter } from '../openai/stream-writer.ts';
import { ForeignStream } from './foreign-stream.ts';

const name = 'openai-chat';

export function createStreamWriter(head: CallHead, losses: Losses): StreamWriter {
  const own = createOwnWriter(head, (frame) => writeFrame(name, frame, 'delta'));
  let foreign: ForeignStream | undefined;
  return {
    ...own,
    write(frame) {
      if (frame.carry.dialect === name) return own.write(frame);
      foreign ??= new ForeignStream(head, losses);
      return foreign.write(frame);
    },
    end: () => foreign?.end() ?? own.end(),
  };
}
