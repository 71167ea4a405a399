/**
 * Reads a reply or a chunk of OpenAI's completion family into a frame. Where the text of a choice sits differs:
 * `message` in a whole chat reply, `delta` in a chat chunk, the choice itself in legacy completions.
 */
import { type Carry, take } from '../../core/carry.ts';
import type { DialectName } from '../../core/dialect-name.ts';
import { countOf, isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { FinishReason, ReplyEvent, ReplyFrame, ToolCallDelta } from '../../core/reply.ts';
import { readUsage } from './usage.ts';

export type TextSeat = 'message' | 'delta' | 'choice';

/** The spellings under which providers send a model's reasoning. */
export const reasoningKeys: readonly [string, ...string[]] = ['reasoning_content', 'reasoning'];

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
]);

export function finishReason(native: string): FinishReason {
  return finishReasons.get(native) ?? 'other';
}

function takeText(fields: JsonObject, key: string): string | undefined {
  return typeof fields[key] === 'string' ? (take(fields, key) as string) : undefined;
}

function readToolCall(raw: JsonValue, choice: number, position: number, events: ReplyEvent[]): JsonValue {
  if (!isObject(raw)) return raw;
  const fields: JsonObject = { ...raw };
  const kind = isObject(fields.function) ? 'function' : isObject(fields.custom) ? 'custom' : undefined;
  const inner: JsonObject = kind === undefined ? {} : { ...(fields[kind] as JsonObject) };
  const id = takeText(fields, 'id');
  const name = takeText(inner, 'name');
  const args = takeText(inner, kind === 'custom' ? 'input' : 'arguments');
  if (kind !== undefined) fields[kind] = inner;
  const event: ToolCallDelta = {
    type: 'tool-call-delta',
    choice,
    index: countOf(fields.index) ?? position,
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(args !== undefined && { arguments: args }),
  };
  events.push(event);
  return fields;
}

function readTexts(raw: JsonObject, choice: number, textKey: string, events: ReplyEvent[]): JsonObject {
  const fields: JsonObject = { ...raw };
  for (const key of reasoningKeys) {
    const text = takeText(fields, key);
    if (text === undefined) continue;
    events.push({ type: 'reasoning-delta', choice, text });
    break;
  }
  const text = takeText(fields, textKey);
  if (text !== undefined) events.push({ type: 'text-delta', choice, text });
  const refusal = takeText(fields, 'refusal');
  if (refusal !== undefined) events.push({ type: 'refusal-delta', choice, text: refusal });
  const calls = fields.tool_calls;
  if (Array.isArray(calls))
    fields.tool_calls = calls.map((call, position) => readToolCall(call, choice, position, events));
  return fields;
}

function readChoice(raw: JsonValue, position: number, seat: TextSeat, events: ReplyEvent[]): JsonValue {
  if (!isObject(raw)) return raw;
  const choice = countOf(raw.index) ?? position;
  let fields: JsonObject;
  if (seat === 'choice') fields = readTexts(raw, choice, 'text', events);
  else {
    fields = { ...raw };
    const body = fields[seat];
    if (isObject(body)) fields[seat] = readTexts(body, choice, 'content', events);
  }
  const native = takeText(fields, 'finish_reason');
  if (native !== undefined)
    events.push({ type: 'choice-finish', choice, reason: finishReason(native), native });
  return fields;
}

export function readFrame(dialect: DialectName, json: JsonObject, seat: TextSeat): ReplyFrame {
  const events: ReplyEvent[] = [];
  const fields: JsonObject = { ...json };
  if (Array.isArray(fields.choices))
    fields.choices = fields.choices.map((choice, position) => readChoice(choice, position, seat, events));
  // Usage is observed, not taken: nothing here changes it, and its further details stay where they are.
  const usage = readUsage(fields.usage);
  if (usage !== undefined) events.push({ type: 'usage', usage });
  const id = takeText(fields, 'id');
  const model = takeText(fields, 'model');
  const createdAtS = countOf(fields.created) === undefined ? undefined : (take(fields, 'created') as number);
  const carry: Carry = { dialect, fields };
  return {
    ...(id !== undefined && { id }),
    ...(model !== undefined && { model }),
    ...(createdAtS !== undefined && { createdAtS }),
    events,
    carry,
  };
}
