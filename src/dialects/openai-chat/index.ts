/** The dialect of `POST /v1/chat/completions`. */
import type { Dialect } from '../dialect.ts';
import { readRefusal, writeError } from '../openai/error.ts';
import { readFrame } from '../openai/reply-reader.ts';
import { writeFrame } from '../openai/reply-writer.ts';
import { rewriteRequest, rewrittenKeys } from '../openai/rewrite.ts';
import { createStreamTap, observe } from '../openai/stream-tap.ts';
import { createStreamWriter } from '../openai/stream-writer.ts';
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
  },
  speak: {
    path: '/chat/completions',
    writeRequest,
    readReply: (json) => readFrame(name, json, 'message'),
    readChunk: (json) => readFrame(name, json, 'delta'),
    readRefusal,
  },
  rewrittenKeys,
  rewriteRequest,
  observe,
  createStreamTap,
};
