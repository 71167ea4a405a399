/** The dialect of `POST /v1/chat/completions`. */
import type { Dialect } from '../dialect.ts';
import { writeError } from '../openai/error.ts';
import { readFrame } from '../openai/reply-reader.ts';
import { writeFrame } from '../openai/reply-writer.ts';
import { rewriteRequest, rewrittenKeys } from '../openai/rewrite.ts';
import { speakOpenAi } from '../openai/speak.ts';
import { createStreamTap, observe } from '../openai/stream-tap.ts';
import { eventStream } from '../openai/stream-writer.ts';
import { writeForeignReply } from './foreign-reply.ts';
import { formKeys } from './form-keys.ts';
import { readHead, readOutputWish } from './head.ts';
import { readRequest, writeRequest } from './request.ts';
import { createStreamWriter } from './stream-writer.ts';

const name = 'openai-chat';

export const openaiChat: Dialect = {
  name,
  listen: {
    readHead,
    readOutputWish,
    readRequest,
    writeReply: (frame, losses) =>
      frame.carry.dialect === name ? writeFrame(name, frame, 'message') : writeForeignReply(frame, losses),
    createStreamWriter,
    writeError,
    streamType: () => eventStream,
    formKeys,
  },
  speak: speakOpenAi({
    path: '/chat/completions',
    writeRequest,
    readReply: (json) => readFrame(name, json, 'message'),
    readChunk: (json, memory) => readFrame(name, json, 'delta', memory),
  }),
  signsCalls: true,
  keeps: ({ store }) => (store === true ? 'chat completion' : undefined),
  rewrittenKeys,
  rewriteRequest,
  observe,
  createStreamTap,
};
