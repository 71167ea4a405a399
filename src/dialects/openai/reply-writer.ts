/** Writes a frame as a reply or a chunk of OpenAI's completion family: the carry, with the events back in their seats. */
import { carriedFields } from '../../core/carry.ts';
import type { DialectName } from '../../core/dialect-name.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { FinishReason, ReplyEvent, ReplyFrame, ToolCallDelta } from '../../core/reply.ts';
import { choiceIndexes } from './choice-index.ts';
import { reasoningKeys, type TextSeat } from './reply-reader.ts';

export const finishWords: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  other: 'stop',
};

/**
 * Fills the first of the seats that was left empty; several deltas for it in one frame are one text. Where there is none
 * the text was only observed, and stands where it stood.
 */
function append(fields: JsonObject, carried: JsonObject, keys: readonly string[], text: string): void {
  const key = keys.find((seat) => Object.hasOwn(carried, seat) && carried[seat] === undefined);
  if (key === undefined) return;
  const before = fields[key];
  fields[key] = typeof before === 'string' ? before + text : text;
}

function writeToolCall(carried: JsonValue | undefined, event: ToolCallDelta): JsonObject {
  const call: JsonObject = isObject(carried)
    ? { ...carried }
    : { index: event.index, ...(event.id && { type: 'function' }) };
  const kind = isObject(call.custom) && !isObject(call.function) ? 'custom' : 'function';
  const inner: JsonObject = isObject(call[kind]) ? { ...call[kind] } : {};
  if (event.id !== undefined) call.id = event.id;
  if (event.name !== undefined) inner.name = event.name;
  if (event.arguments !== undefined) inner[kind === 'custom' ? 'input' : 'arguments'] = event.arguments;
  if (Object.keys(inner).length > 0) call[kind] = inner;
  return call;
}

function writeNext(carried: JsonObject, event: ToolCallDelta | undefined): JsonObject {
  return event === undefined ? carried : writeToolCall(carried, event);
}

function writeTexts(body: JsonObject, textKey: string, events: readonly ReplyEvent[]): void {
  const carried: JsonObject = { ...body };
  const deltas = events.filter((event) => event.type === 'tool-call-delta');
  if (deltas.length > 0) {
    const before = Array.isArray(body.tool_calls) ? body.tool_calls : [];
    // Only objects gave rise to an event; anything else keeps its place.
    const placed = before.map((call) => (isObject(call) ? writeNext(call, deltas.shift()) : call));
    body.tool_calls = [...placed, ...deltas.map((event) => writeToolCall(undefined, event))];
  }
  for (const event of events) {
    if (event.type === 'text-delta') append(body, carried, [textKey], event.text);
    else if (event.type === 'reasoning-delta') append(body, carried, reasoningKeys, event.text);
    else if (event.type === 'refusal-delta') append(body, carried, ['refusal'], event.text);
  }
}

function writeChoice(carried: JsonObject, seat: TextSeat, events: readonly ReplyEvent[]): JsonObject {
  const choice: JsonObject = { ...carried };
  if (seat === 'choice') writeTexts(choice, 'text', events);
  else if (isObject(choice[seat])) {
    const body: JsonObject = { ...choice[seat] };
    writeTexts(body, 'content', events);
    choice[seat] = body;
  }
  for (const event of events)
    if (event.type === 'choice-finish') choice.finish_reason = event.native ?? finishWords[event.reason];
  return choice;
}

export function writeFrame(dialect: DialectName, frame: ReplyFrame, seat: TextSeat): JsonObject {
  const written: JsonObject = { ...carriedFields(frame.carry, dialect) };
  if (frame.id !== undefined) written.id = frame.id;
  if (frame.model !== undefined) written.model = frame.model;
  if (frame.createdAtS !== undefined) written.created = frame.createdAtS;
  if (Array.isArray(written.choices)) {
    const indexes = choiceIndexes(written.choices);
    written.choices = written.choices.map((carried, position) => {
      if (!isObject(carried)) return carried;
      const events = frame.events.filter(
        (event) => event.type !== 'usage' && event.choice === indexes[position],
      );
      return writeChoice(carried, seat, events);
    });
  }
  return written;
}
