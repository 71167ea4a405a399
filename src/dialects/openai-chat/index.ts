/** The dialect of `POST /v1/chat/completions`. */
import type { Dialect } from '../dialect.ts';
import { writeError } from '../openai/error.ts';
import { formKeys } from '../openai/form-keys.ts';
import { readFrame } from '../openai/reply-reader.ts';
import { writeFrame } from '../openai/reply-writer.ts';
import { rewriteRequest, rewrittenKeys } from '../openai/rewrite.ts';
import { speakOpenAi } from '../openai/speak.ts';
import { createStreamTap, observe } from '../openai/stream-tap.ts';
import { createStreamWriter, eventStream } from '../openai/stream-writer.ts';
import { readHead } from './head.ts';
import { readRequest, writeRequest } from './request.ts';

const name = 'openai-chat';

export const openaiChat: Dialect = {
  name,
  listen: {
    readHead,
    readRequest,
    writeReply: (frame) => writeFrame(name, frame, 'message'),
    createStreamWriter: (head) => createStreamWriter(head, (frame) => writeFrame(name, frame, 'delta')),
    writeError,
    streamType: () => eventStream,
    formKeys,
  },
  speak: speakOpenAi({
    path: '/chat/completions',
    writeRequest,
    readReply: (json) => readFrame(name, json, 'message'),
    readChunk: (json) => readFrame(name, json, 'delta'),
  }),
  rewrittenKeys,
  rewriteRequest,
  observe,
  createStreamTap,
};
