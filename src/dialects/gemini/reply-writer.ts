/** A reply or chunk of this dialect, put together again from its carry and its events. */
import { carriedFields } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { ReplyFrame } from '../../core/reply.ts';
import { dialect, fillSeat, hasSeat } from './fields.ts';
import { choiceOf, EventQueue, restoreReplyPart } from './reply-parts.ts';

function restoreCandidate(seat: JsonValue, queue: EventQueue): JsonValue {
  if (!isObject(seat)) return seat;
  const fields: JsonObject = { ...seat };
  const { content } = fields;
  if (isObject(content) && Array.isArray(content.parts))
    fields.content = { ...content, parts: content.parts.map((part) => restoreReplyPart(part, queue)) };
  if (hasSeat(fields, 'finishReason')) fillSeat(fields, 'finishReason', queue.next('choice-finish')?.native);
  return fields;
}

export function restoreReply(frame: ReplyFrame): JsonObject {
  const fields: JsonObject = { ...carriedFields(frame.carry, dialect) };
  const { candidates } = fields;
  if (Array.isArray(candidates)) {
    const queues = new Map<number, EventQueue>();
    const queueOf = (choice: number): EventQueue => {
      const queue =
        queues.get(choice) ??
        new EventQueue(frame.events.filter((event) => event.type !== 'usage' && event.choice === choice));
      queues.set(choice, queue);
      return queue;
    };
    fields.candidates = candidates.map((seat, at) =>
      restoreCandidate(seat, queueOf(isObject(seat) ? choiceOf(seat, at) : at)),
    );
  }
  fillSeat(fields, 'responseId', frame.id);
  fillSeat(fields, 'modelVersion', frame.model);
  return fields;
}
