/** The dialect of `POST /v1/responses`. */
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { finishOf, type ReplyFrame, usageOf } from '../../core/reply.ts';
import type { Dialect } from '../dialect.ts';
import { readRefusal, writeError } from '../openai/error.ts';
import { eventStream } from '../openai/stream-writer.ts';
import { rewriteModel, rewrittenKeys } from '../rewrite-model.ts';
import { SseDecoder } from '../sse-decoder.ts';
import { defineSseTap } from '../sse-tap.ts';
import { withListedTools } from './additional-tools.ts';
import { ReplyComposer } from './composer.ts';
import { dialect } from './content.ts';
import { endingOf, readFailure } from './ending.ts';
import { formKeys, observedKey } from './form-keys.ts';
import { readHead, readOutputWish } from './head.ts';
import { readReply } from './reply-reader.ts';
import { checkCrossing, readRequest } from './request.ts';
import { writeRequest } from './request-writer.ts';
import { createEndReader, createStreamReader } from './stream-reader.ts';
import { createStreamWriter } from './stream-writer.ts';

function writeReply(frame: ReplyFrame, losses: Losses): JsonObject {
  const own = frame.carry.dialect === dialect ? frame.carry.fields[observedKey] : undefined;
  if (isObject(own)) return own;
  const composer = new ReplyComposer('', losses, () => {});
  composer.write(frame);
  return composer.finish();
}

export const openaiResponses: Dialect = {
  name: dialect,
  listen: {
    readHead,
    readOutputWish,
    readRequest,
    checkCrossing,
    forCrossing: withListedTools,
    writeReply,
    createStreamWriter,
    writeError,
    streamType: () => eventStream,
    formKeys,
  },
  speak: {
    path: () => '/responses',
    writeRequest,
    readReply,
    createStreamReader,
    readRefusal,
    readFailure,
    streamType: 'text/event-stream',
    createDecoder: (maxEventBytes) => new SseDecoder(maxEventBytes),
  },
  // Unless it is told not to.
  keeps: ({ store }) => (store === false ? undefined : 'response'),
  rewrittenKeys,
  rewriteRequest: rewriteModel,
  observe(json) {
    const frame = { events: endingOf(json), carry: { dialect, fields: {} } } as const;
    const usage = usageOf(frame);
    const finish = finishOf(frame);
    return {
      ...(usage !== undefined && { usage }),
      ...(finish !== undefined && { finish }),
    };
  },
  // As keys or values of JSON: inside a string their quotes would be escaped.
  createStreamTap: defineSseTap(
    {
      now: [
        '"response.created"',
        '"response.completed"',
        '"response.incomplete"',
        '"response.failed"',
        '"error"',
        '[DONE]',
      ],
      passesFailures: true,
    },
    createEndReader,
  ),
};
