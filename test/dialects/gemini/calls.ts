/** Calls and frames of no dialect in particular, as a reader of another one would make them. */
import type { Call, Message } from '../../../src/core/call.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { Part } from '../../../src/core/part.ts';
import type { ReplyEvent, ReplyFrame } from '../../../src/core/reply.ts';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import { asJson } from '../../support/trips.ts';

const carry = { dialect: 'openai-chat', fields: {} } as const;

export function message(role: Message['role'], ...parts: (Part | string)[]): Message {
  return {
    role,
    parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
    plainText: parts.length === 1 && typeof parts[0] === 'string',
    carry,
  };
}

export function call(messages: readonly Message[], rest: Partial<Call> = {}): Call {
  return { model: 'm', stream: false, messages, sampling: {}, carry, ...rest };
}

/** What Gemini is sent for a call of another dialect, and what is named as lost. */
export function sent(
  written: Call,
  model = 'gemini-2.5-flash',
): { body: JsonObject; losses: readonly string[] } {
  const losses = new Losses();
  const body = gemini.speak.writeRequest(written, { model, askForUsage: true }, losses);
  return { body: asJson(body), losses: losses.list() };
}

export function frame(events: readonly ReplyEvent[], rest: Partial<ReplyFrame> = {}): ReplyFrame {
  return { events, carry, ...rest };
}

/** A request in this dialect, read. */
export function read(json: JsonObject, model = 'gemini-2.5-flash'): Call {
  return gemini.listen.readRequest(json, { model, stream: false });
}

/** A value without the carries inside it. */
export function withoutCarry(value: unknown): JsonValue {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === 'carry' ? undefined : inner)),
  ) as JsonValue;
}

/** The call as if another dialect had read it. */
export function asForeign(own: Call): Call {
  return JSON.parse(JSON.stringify(own, (key, inner: unknown) => (key === 'carry' ? carry : inner))) as Call;
}
