/** The dialect of `POST /model/{id}/converse` and `/converse-stream`, Amazon Bedrock's own. */
import { finishOf, usageOf } from '../../core/reply.ts';
import type { Dialect } from '../dialect.ts';
import { errorHeaders, readFailure, readRefusal, writeError } from './error.ts';
import { EventStreamDecoder, eventStreamType } from './event-stream.ts';
import { writeForeignRequest } from './foreign-request.ts';
import { formKeys } from './form-keys.ts';
import { readHead, readOutputWish } from './head.ts';
import { readReply } from './reply-reader.ts';
import { writeReply } from './reply-writer.ts';
import { readRequest, restoreRequest } from './request.ts';
import { bedrockPath } from './request-line.ts';
import { ConverseStreamReader } from './stream-reader.ts';
import { createStreamTap } from './stream-tap.ts';
import { createStreamWriter } from './stream-writer.ts';

const name = 'bedrock-converse';

export const bedrockConverse: Dialect = {
  name,
  listen: {
    readHead,
    readOutputWish,
    readRequest,
    writeReply,
    createStreamWriter: (_head, losses) => createStreamWriter(losses),
    writeError,
    errorHeaders,
    streamType: () => eventStreamType,
    requestIdHeader: 'x-amzn-requestid',
    formKeys,
  },
  speak: {
    path: ({ model, stream }) => bedrockPath(model, stream ? 'converse-stream' : 'converse'),
    writeRequest: (call, change, losses) =>
      call.carry.dialect === name ? restoreRequest(call) : writeForeignRequest(call, change, losses),
    readReply,
    createStreamReader: () => new ConverseStreamReader(),
    readRefusal,
    readFailure,
    streamType: eventStreamType,
    createDecoder: (maxEventBytes) => new EventStreamDecoder(maxEventBytes),
  },
  // Model and stream stand in the path, and a stream reports usage unasked: nothing in the body has to change.
  rewrittenKeys: new Set(),
  rewriteRequest: ({ text }) => text,
  observe(json) {
    const frame = readReply(json);
    const usage = usageOf(frame);
    const finish = finishOf(frame);
    return { ...(usage !== undefined && { usage }), ...(finish !== undefined && { finish }) };
  },
  createStreamTap,
};
