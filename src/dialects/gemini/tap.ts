/** What a reply that passes through tells the meter. */
import type { JsonObject } from '../../core/json.ts';
import { finishOf, usageOf } from '../../core/reply.ts';
import type { Observation } from '../dialect.ts';
import { defineSseTap } from '../sse-tap.ts';
import { createStreamReader, ReplyReader } from './reply-reader.ts';

export function observe(json: JsonObject): Observation {
  const frame = new ReplyReader().read(json);
  const [usage, finish] = [usageOf(frame), finishOf(frame)];
  return { ...(usage !== undefined && { usage }), ...(finish !== undefined && { finish }) };
}

/** A call is read before the finish: Google says STOP even when the model called a function earlier. */
export const createStreamTap = defineSseTap(
  { now: ['"error"'], last: ['"functionCall"', '"promptFeedback"', '"finishReason"', '"usageMetadata"'] },
  createStreamReader,
);
