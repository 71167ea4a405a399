/** Reads a whole response into a frame: its items as events in order, the response itself observed. */

import { isObject, type JsonObject } from '../../core/json.ts';
import type { ReplyEvent, ReplyFrame } from '../../core/reply.ts';
import { carry } from './content.ts';
import { endingOf, failureOf } from './ending.ts';
import { observedKey } from './form-keys.ts';
import { headOf, ItemProgress } from './output-reader.ts';

export function readReply(json: JsonObject): ReplyFrame {
  const items = new ItemProgress();
  const events: ReplyEvent[] = [];
  const output = Array.isArray(json.output) ? json.output : [];
  for (const [at, item] of output.entries()) if (isObject(item)) events.push(...items.rest(at, item));
  const failure = failureOf(json);
  return {
    ...headOf(json),
    events: [...events, ...endingOf(json)],
    ...(failure !== undefined && { failure }),
    carry: carry({ [observedKey]: json }),
  };
}
