/** The dialect of `POST /v1/messages`. */
import type { JsonObject } from '../../core/json.ts';
import type { Dialect, Observation } from '../dialect.ts';
import { rewriteModel, rewrittenKeys } from '../rewrite-model.ts';
import { SseDecoder } from '../sse-decoder.ts';
import { defineSseTap } from '../sse-tap.ts';
import { dialect } from './carry.ts';
import { readFailure, readRefusal, writeError } from './error.ts';
import { formKeys } from './form-keys.ts';
import { readHead, readOutputWish } from './head.ts';
import { rateHeaders } from './rate-headers.ts';
import { readReply, writeReply } from './reply.ts';
import { readRequest } from './request-reader.ts';
import { writeRequest } from './request-writer.ts';
import { takeFinish } from './stop-reason.ts';
import { createStreamReader } from './stream-reader.ts';
import { createStreamWriter } from './stream-writer.ts';
import { readUsage } from './usage.ts';

const eventStream = 'text/event-stream';

function observe(json: JsonObject): Observation {
  const usage = readUsage(json.usage);
  const finish = takeFinish({ stop_reason: json.stop_reason });
  return { ...(usage !== undefined && { usage }), ...(finish !== undefined && { finish: finish.reason }) };
}

export const anthropicMessages: Dialect = {
  name: dialect,
  listen: {
    readHead,
    readOutputWish,
    readRequest,
    writeReply,
    createStreamWriter,
    writeError,
    streamType: () => `${eventStream}; charset=utf-8`,
    requestIdHeader: 'request-id',
    rateHeaders,
    formKeys,
  },
  speak: {
    path: () => '/messages',
    writeRequest,
    readReply,
    createStreamReader,
    readRefusal,
    readFailure,
    streamType: eventStream,
    createDecoder: (maxEventBytes) => new SseDecoder(maxEventBytes),
  },
  rewrittenKeys,
  rewriteRequest: rewriteModel,
  observe,
  // The usage of `message_start` and of `message_delta` are two halves of one, so both are read as they pass.
  createStreamTap: defineSseTap(
    {
      now: ['"message_start"', '"message_delta"', '"message_stop"', '"error"'],
      lastEvent: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    },
    createStreamReader,
  ),
};
