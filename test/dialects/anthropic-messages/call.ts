/** Calls and frames of another dialect, built by hand. */
import type { Call, Message } from '../../../src/core/call.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { Part } from '../../../src/core/part.ts';
import type { ReplyEvent, ReplyFrame } from '../../../src/core/reply.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { asJson, wireText } from '../../support/trips.ts';

export const foreign = { dialect: 'openai-chat', fields: {} } as const;

export function message(role: Message['role'], ...parts: (string | Part)[]): Message {
  return {
    role,
    parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
    plainText: false,
    carry: foreign,
  };
}

export function callOf(more: Partial<Call> = {}): Call {
  return {
    model: 'm',
    stream: false,
    messages: [message('user', 'Hi')],
    sampling: {},
    carry: foreign,
    ...more,
  };
}

/** The request Anthropic would get, and what was lost. */
export function asked(
  call: Call,
  model = 'claude-sonnet-4-5',
): { written: JsonObject; losses: readonly string[] } {
  const losses = new Losses();
  const written = anthropicMessages.speak.writeRequest(call, { model, askForUsage: false }, losses);
  return { written: asJson(written), losses: losses.list() };
}

export function frameOf(events: readonly ReplyEvent[], more: Partial<ReplyFrame> = {}): ReplyFrame {
  return { events, carry: foreign, ...more };
}

/** The events a client of this dialect would get, and what was lost. */
export function streamed(frames: readonly ReplyFrame[]): { events: JsonObject[]; losses: readonly string[] } {
  const losses = new Losses();
  const head = { model: 'asked', stream: true, wantsUsage: true };
  const writer = anthropicMessages.listen.createStreamWriter(head, losses);
  const text = [...frames.map((frame) => wireText(writer.write(frame))), wireText(writer.end())].join('');
  const events = eventsOf(text).map(({ name, data }) => {
    const json = JSON.parse(data) as JsonObject;
    if (json.type !== name) throw new Error(`the event ${name} is a ${json.type}`);
    return json;
  });
  return { events, losses: losses.list() };
}
