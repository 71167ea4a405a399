/** The parts of a candidate: taken out of a chunk as events, and put back into their seats. */
import { takeString } from '../../core/carry.ts';
import { countOf, isObject, type JsonObject, type JsonValue, parseObject } from '../../core/json.ts';
import type { ReplyEvent, ToolCallDelta } from '../../core/reply.ts';
import { fieldOf, fillSeat, hasSeat, keyOf, takeField, takeText } from './fields.ts';
import { kindOf } from './media.ts';

/** What one stream's reader knows of a candidate. */
export interface CandidateState {
  readonly choice: number;
  /** Ordinal of the current block, -1 before the first. */
  block: number;
  kind: string | undefined;
  /** Function calls so far. */
  calls: number;
  /** All of its text so far, which spans of citations count in. */
  text: string;
  /** Citations already told: each chunk may repeat them. */
  readonly cited: Set<string>;
}

/** More candidates than any model gives: a wild index must not make a list of a million empty choices. */
const maxChoices = 128;

/** Which choice a candidate is: its index, which proto3 leaves out for 0, or else its position. */
export function choiceOf(candidate: JsonObject, position: number): number {
  const index = countOf(candidate.index) ?? position;
  return Number.isInteger(index) && index >= 0 && index < maxChoices ? index : position;
}

export function newCandidate(choice: number): CandidateState {
  return { choice, block: -1, kind: undefined, calls: 0, text: '', cited: new Set() };
}

/** Parts number no blocks of their own: a new one begins where the kind changes, and with each whole part. */
function enter(state: CandidateState, kind: string): { choice: number; block: number } {
  if (kind !== state.kind || kind === 'whole') state.block++;
  state.kind = kind;
  return { choice: state.choice, block: state.block };
}

/** A signature ends its block: two in one block would be read as one. */
function sign(signature: string | undefined, state: CandidateState, events: ReplyEvent[]): void {
  if (signature === undefined) return;
  events.push({ type: 'reasoning-signature', ...enter(state, 'reasoning'), signature });
  state.kind = undefined;
}

function readText(fields: JsonObject, state: CandidateState, events: ReplyEvent[]): void {
  const isThought = fields.thought === true;
  // Empty text makes no event, and so stays where it is.
  const text = fields.text === '' ? '' : (takeString(fields, 'text') ?? '');
  const signature = takeText(fields, 'thoughtSignature');
  if (isThought) {
    if (text !== '') events.push({ type: 'reasoning-delta', ...enter(state, 'reasoning'), text });
    sign(signature, state, events);
    return;
  }
  sign(signature, state, events);
  if (text !== '') events.push({ type: 'text-delta', ...enter(state, 'text'), text });
  state.text += text;
}

function readCall(
  fields: JsonObject,
  key: string,
  raw: JsonObject,
  state: CandidateState,
  replyId: string | undefined,
): ToolCallDelta {
  const inner: JsonObject = { ...raw };
  fields[key] = inner;
  const index = state.calls++;
  const name = takeField(inner, 'name') as string;
  const given = typeof inner.id === 'string' && inner.id !== '' ? inner.id : undefined;
  if (given !== undefined) takeField(inner, 'id');
  const args = isObject(inner.args) ? JSON.stringify(takeField(inner, 'args')) : '{}';
  const signature = takeText(fields, 'thoughtSignature');
  return {
    type: 'tool-call-delta',
    ...enter(state, 'whole'),
    index,
    id: given ?? `call_${replyId ?? name}_${state.choice}_${index}`,
    name,
    arguments: args,
    ...(signature !== undefined && { signature }),
  };
}

/** An image or a piece of audio; undefined for anything else. */
function readMedia(fields: JsonObject, state: CandidateState): ReplyEvent | undefined {
  const key = keyOf(fields, 'inlineData');
  const raw = fields[key];
  if (!isObject(raw) || typeof raw.data !== 'string') return undefined;
  const inner: JsonObject = { ...raw };
  const mediaType = takeText(inner, 'mimeType');
  const kind = mediaType === undefined ? undefined : kindOf(mediaType);
  if (mediaType === undefined || (kind !== 'image' && kind !== 'audio')) return undefined;
  const data = takeField(inner, 'data') as string;
  fields[key] = inner;
  return { type: 'media', ...enter(state, 'whole'), kind, mediaType, data };
}

const beside: ReadonlySet<string> = new Set(['thought', 'thoughtSignature', 'thought_signature']);

export function readReplyPart(
  raw: JsonValue,
  state: CandidateState,
  replyId: string | undefined,
  events: ReplyEvent[],
): JsonValue {
  if (!isObject(raw)) return raw;
  const fields: JsonObject = { ...raw };
  const callKey = keyOf(fields, 'functionCall');
  const call = fields[callKey];
  if (isObject(call) && typeof call.name === 'string' && fieldOf(call, 'partialArgs') === undefined) {
    events.push(readCall(fields, callKey, call, state, replyId));
    return fields;
  }
  const what = Object.keys(fields).find((key) => !beside.has(key));
  if (what === 'text' || what === undefined || typeof fields.text === 'string') {
    readText(fields, state, events);
    return fields;
  }
  const media = readMedia(fields, state);
  sign(takeText(fields, 'thoughtSignature'), state, events);
  events.push(media ?? { type: 'other', ...enter(state, 'whole'), what });
  return fields;
}

/** The events of one candidate, each given out once. */
export class EventQueue {
  readonly #events: ReplyEvent[];

  constructor(events: readonly ReplyEvent[]) {
    this.#events = [...events];
  }

  next<T extends ReplyEvent['type']>(type: T): Extract<ReplyEvent, { type: T }> | undefined {
    const at = this.#events.findIndex((event) => event.type === type);
    return at === -1
      ? undefined
      : (this.#events.splice(at, 1)[0] as Extract<ReplyEvent, { type: T }> | undefined);
  }
}

function restoreCall(fields: JsonObject, event: ToolCallDelta | undefined): void {
  const key = keyOf(fields, 'functionCall');
  const inner: JsonObject = isObject(fields[key]) ? { ...fields[key] } : {};
  fillSeat(inner, 'name', event?.name);
  fillSeat(inner, 'id', event?.id);
  fillSeat(inner, 'args', parseObject(event?.arguments ?? '') ?? {});
  fillSeat(fields, 'thoughtSignature', event?.signature);
  fields[key] = inner;
}

/** A part put together again from its seats and the candidate's next events. */
export function restoreReplyPart(seat: JsonValue, queue: EventQueue): JsonValue {
  if (!isObject(seat)) return seat;
  const fields: JsonObject = { ...seat };
  const call = fieldOf(fields, 'functionCall');
  if (isObject(call) && hasSeat(call, 'name')) {
    restoreCall(fields, queue.next('tool-call-delta'));
    return fields;
  }
  if (hasSeat(fields, 'thoughtSignature'))
    fillSeat(fields, 'thoughtSignature', queue.next('reasoning-signature')?.signature);
  const type = fields.thought === true ? 'reasoning-delta' : 'text-delta';
  if (hasSeat(fields, 'text')) fillSeat(fields, 'text', queue.next(type)?.text);
  const key = keyOf(fields, 'inlineData');
  const raw = fields[key];
  if (isObject(raw) && hasSeat(raw, 'data')) {
    const media = queue.next('media');
    const inner: JsonObject = { ...raw };
    fillSeat(inner, 'mimeType', media?.mediaType);
    fillSeat(inner, 'data', media?.data);
    fields[key] = inner;
  }
  return fields;
}
