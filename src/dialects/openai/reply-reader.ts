/**
 * Reads a reply or a chunk of OpenAI's completion family into a frame. Where the text of a choice sits differs:
 * `message` in a whole chat reply, `delta` in a chat chunk, the choice itself in legacy completions.
 */
import { type Carry, take } from '../../core/carry.ts';
import type { DialectName } from '../../core/dialect-name.ts';
import { countOf, isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { FinishReason, ReplyEvent, ReplyFrame, ToolCallDelta } from '../../core/reply.ts';
import { choiceIndexes } from './choice-index.ts';
import {
  type ReplyMemory,
  readAudio,
  readCitations,
  readContentParts,
  readDetails,
  readImages,
  readLogprobs,
} from './observed-content.ts';
import { signatureIn } from './thought-signature.ts';
import { readUsage } from './usage.ts';

export type TextSeat = 'message' | 'delta' | 'choice';

/** What is left of an object, and what it said. */
interface Read {
  readonly fields: JsonObject;
  readonly events: ReplyEvent[];
}

/** The spellings under which providers send a model's reasoning. */
export const reasoningKeys: readonly [string, ...string[]] = ['reasoning_content', 'reasoning'];

const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
  // What compatible servers say instead.
  ['eos', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
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
  const signature = signatureIn(fields);
  if (kind !== undefined) fields[kind] = inner;
  const event: ToolCallDelta = {
    type: 'tool-call-delta',
    choice,
    index: countOf(fields.index) ?? position,
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(kind === 'custom' && id !== undefined && { kind }),
    ...(args !== undefined && { arguments: args }),
    ...(signature !== undefined && { signature }),
  };
  events.push(event);
  return fields;
}

/** What says nothing to readers of another dialect, or is read below. */
const knownKeys: ReadonlySet<string> = new Set([
  'role',
  'name',
  'content',
  'refusal',
  'tool_calls',
  ...reasoningKeys,
  'reasoning_details',
  'annotations',
  'audio',
  'images',
  'channel',
  'provider_metadata',
  'token_ids',
]);

function isSaid(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value)
    ? Object.values(value).some(isSaid)
    : value !== undefined && value !== null && value !== '';
}

function readBody(raw: JsonObject, choice: number, seat: TextSeat, memory: ReplyMemory): Read {
  const fields: JsonObject = { ...raw };
  const events: ReplyEvent[] = [];
  // An empty string says nothing and stays where it is.
  const key = reasoningKeys.find((candidate) => typeof raw[candidate] === 'string' && raw[candidate] !== '');
  if (key !== undefined) {
    const text = take(fields, key) as string;
    events.push({ type: 'reasoning-delta', choice, text });
    memory.saysReasoning = true;
  }
  if (seat !== 'choice') events.push(...readDetails(raw.reasoning_details, choice, memory));
  const textKey = seat === 'choice' ? 'text' : 'content';
  const text = raw[textKey] === '' ? undefined : takeText(fields, textKey);
  if (text !== undefined) events.push({ type: 'text-delta', choice, text });
  if (seat !== 'choice') {
    events.push(...readContentParts(raw.content, choice));
    const audio = readAudio(raw.audio, choice, seat === 'delta');
    // What is spoken is the text where there is no other.
    events.push(...audio.filter(({ type }) => text === undefined || type !== 'text-delta'));
    events.push(...readCitations(raw.annotations, choice), ...readImages(raw.images, choice));
  }
  const refusal = raw.refusal === '' ? undefined : takeText(fields, 'refusal');
  if (refusal !== undefined) events.push({ type: 'refusal-delta', choice, text: refusal });
  const calls = fields.tool_calls;
  if (Array.isArray(calls))
    fields.tool_calls = calls.map((call, position) => readToolCall(call, choice, position, events));
  if (seat !== 'choice')
    for (const what of Object.keys(raw))
      if (!knownKeys.has(what) && isSaid(raw[what])) events.push({ type: 'other', choice, what });
  return { fields, events };
}

function readChoice(raw: JsonObject, choice: number, seat: TextSeat, memory: ReplyMemory): Read {
  let fields: JsonObject = { ...raw };
  const events: ReplyEvent[] = [];
  const body = seat === 'choice' ? raw : raw[seat];
  if (isObject(body)) {
    const read = readBody(body, choice, seat, memory);
    events.push(...read.events);
    if (seat === 'choice') fields = read.fields;
    else fields[seat] = read.fields;
  }
  events.push(...readLogprobs(raw.logprobs, choice));
  // Empty is what some servers say for null.
  if (fields.finish_reason === '') return { fields, events };
  const native = takeText(fields, 'finish_reason');
  if (native === undefined) return { fields, events };
  // vLLM and others say which stop word it was.
  const stopSequence = typeof raw.stop_reason === 'string' ? { stopSequence: raw.stop_reason } : {};
  events.push({ type: 'choice-finish', choice, reason: finishReason(native), native, ...stopSequence });
  return { fields, events };
}

/** `memory`: of the stream the chunk is part of. */
export function readFrame(
  dialect: DialectName,
  json: JsonObject,
  seat: TextSeat,
  memory: ReplyMemory = { saysReasoning: false },
): ReplyFrame {
  const events: ReplyEvent[] = [];
  const fields: JsonObject = { ...json };
  if (Array.isArray(fields.choices)) {
    const indexes = choiceIndexes(fields.choices);
    fields.choices = fields.choices.map((raw, position) => {
      if (!isObject(raw)) return raw;
      const read = readChoice(raw, indexes[position] ?? position, seat, memory);
      events.push(...read.events);
      return read.fields;
    });
  }
  // Usage is observed, not taken: nothing here changes it, and its further details stay where they are.
  const usage = readUsage(fields.usage, fields.service_tier);
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
