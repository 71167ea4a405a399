/**
 * What proves a model's reasoning and calls to their origin, shown to clients of every other API, comes home with their next
 * request as it was, whole or streamed; and goes nowhere else.
 */
import { describe, expect, test } from 'bun:test';
import { type ConversationDialect, conversationDialects } from '../../src/core/dialect-name.ts';
import { foldReply } from '../../src/core/fold.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import { sealMark } from '../../src/core/signature-seal.ts';
import { ReplyCrossing } from '../../src/pipeline/crossing.ts';
import { asJson, crossReply, crossRequest } from '../support/trips.ts';
import { dialectNamed } from './loss-table.ts';
import { unsealed } from './unsealed.ts';

const usage = {};
const city = { city: 'Oslo' };

/** Replies with every proof the API has, and what of them the next request must hold again. */
const replies: Readonly<Record<ConversationDialect, { reply: JsonObject; proofs: readonly JsonObject[] }>> = {
  'anthropic-messages': {
    reply: {
      id: 'msg',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'EqQB+/=' },
        { type: 'thinking', thinking: '', signature: 'empty' },
        { type: 'redacted_thinking', data: 'ZW5j' },
        { type: 'tool_use', id: 'call_1', name: 'weather', input: city },
      ],
      stop_reason: 'tool_use',
      usage,
    },
    proofs: [
      { type: 'thinking', thinking: 'Hm', signature: 'EqQB+/=' },
      { type: 'thinking', thinking: '', signature: 'empty' },
      { type: 'redacted_thinking', data: 'ZW5j' },
    ],
  },
  'bedrock-converse': {
    reply: {
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm', signature: 'EqQB' } } },
            { reasoningContent: { redactedContent: 'ZW5j' } },
            { toolUse: { toolUseId: 'call_1', name: 'weather', input: city } },
          ],
        },
      },
      stopReason: 'tool_use',
      usage,
    },
    proofs: [
      { reasoningContent: { reasoningText: { text: 'Hm', signature: 'EqQB' } } },
      { reasoningContent: { redactedContent: 'ZW5j' } },
    ],
  },
  gemini: {
    reply: {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: 'Hm', thought: true },
              { functionCall: { id: 'call_1', name: 'weather', args: city }, thoughtSignature: 'c2ln' },
            ],
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
    },
    proofs: [{ functionCall: { id: 'call_1', name: 'weather', args: city }, thoughtSignature: 'c2ln' }],
  },
  'openai-responses': {
    reply: {
      id: 'resp',
      object: 'response',
      status: 'completed',
      model: 'gpt',
      output: [
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'Hm' }],
          encrypted_content: 'gAAA-_==',
        },
        { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gBBB' },
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'call_1',
          name: 'weather',
          arguments: JSON.stringify(city),
          status: 'completed',
        },
      ],
    },
    proofs: [
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm' }],
        encrypted_content: 'gAAA-_==',
      },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gBBB' },
    ],
  },
  'openai-chat': {
    reply: {
      id: 'chatcmpl',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            reasoning_details: [
              { type: 'reasoning.text', text: 'Hm', signature: 'sig', index: 0 },
              { type: 'reasoning.encrypted', data: 'enc', index: 1 },
            ],
            tool_calls: [
              {
                id: 'call_1',
                type: 'function',
                function: { name: 'weather', arguments: JSON.stringify(city) },
                extra_content: { google: { thought_signature: 'c2ln' } },
              },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
    },
    proofs: [
      { type: 'reasoning.text', text: 'Hm', signature: 'sig', index: 0 },
      { type: 'reasoning.encrypted', data: 'enc', index: 1 },
      { google: { thought_signature: 'c2ln' } },
    ],
  },
};

function at(value: JsonValue | undefined, ...path: (string | number)[]): JsonValue {
  let inner = value;
  for (const key of path)
    inner = Array.isArray(inner) ? inner[Number(key)] : isObject(inner) ? inner[key] : undefined;
  if (inner === undefined) throw new Error(`nothing at ${path.join('.')}`);
  return inner;
}

/** What a client sends after the reply: the conversation with it, and its tool's result. */
const answers: Readonly<Record<ConversationDialect, (reply: JsonObject, model: string) => JsonObject>> = {
  'openai-chat': (reply, model) => ({
    model,
    messages: [
      { role: 'user', content: 'hi' },
      at(reply, 'choices', 0, 'message'),
      { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
    ],
  }),
  'openai-responses': (reply, model) => ({
    model,
    input: [
      { role: 'user', content: 'hi' },
      ...(at(reply, 'output') as JsonValue[]),
      { type: 'function_call_output', call_id: 'call_1', output: 'ok' },
    ],
  }),
  'anthropic-messages': (reply, model) => ({
    model,
    max_tokens: 100,
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: at(reply, 'content') },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'ok' }] },
    ],
  }),
  'bedrock-converse': (reply) => ({
    messages: [
      { role: 'user', content: [{ text: 'hi' }] },
      at(reply, 'output', 'message'),
      { role: 'user', content: [{ toolResult: { toolUseId: 'call_1', content: [{ text: 'ok' }] } }] },
    ],
  }),
  gemini: (reply) => ({
    contents: [
      { role: 'user', parts: [{ text: 'hi' }] },
      at(reply, 'candidates', 0, 'content'),
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'call_1', name: 'weather', response: { output: 'ok' } } }],
      },
    ],
  }),
};

/** The model decides what some writers may say. */
const models: Readonly<Record<ConversationDialect, string>> = {
  'openai-chat': 'm',
  'openai-responses': 'gpt-5',
  'anthropic-messages': 'claude-sonnet-4-5',
  gemini: 'gemini-3-pro-preview',
  'bedrock-converse': 'anthropic.claude-sonnet-4-5-20250929-v1:0',
};

const pairs = conversationDialects.flatMap((upstream) =>
  conversationDialects.filter((client) => client !== upstream).map((client) => [upstream, client] as const),
);

function next(upstream: ConversationDialect, client: ConversationDialect, target: ConversationDialect) {
  const { reply } = replies[upstream];
  const { written } = crossReply(dialectNamed(upstream), dialectNamed(client), reply);
  const model = models[target];
  const asked = answers[client](written, model);
  return crossRequest(dialectNamed(client), dialectNamed(target), asked, { model, stream: false });
}

describe.each(pairs)('from %s, by way of a client of %s', (upstream, client) => {
  const { reply, proofs } = replies[upstream];

  test('they come home', () => {
    const { written, losses } = next(upstream, client, upstream);
    const text = JSON.stringify(written);
    for (const proof of proofs) expect(text).toContain(JSON.stringify(proof));
    expect(text).not.toContain(sealMark);
    expect(losses).toEqual([]);
  });

  test('they are nothing to any other model, the client’s own included', () => {
    const data = JSON.stringify(proofs).match(/EqQB|empty|ZW5j|c2ln|gAAA|gBBB|"sig"|"enc"/g) ?? [];
    expect(data).not.toEqual([]);
    for (const target of conversationDialects) {
      const claude = ['anthropic-messages', 'bedrock-converse'];
      const isHome = target === upstream || (claude.includes(target) && claude.includes(upstream));
      if (isHome) continue;
      const { written, losses } = next(upstream, client, target);
      const text = JSON.stringify(written);
      for (const proof of [...data, sealMark]) expect(text).not.toContain(proof);
      expect(losses.join()).toMatch(/another model/);
    }
  });

  test('a stream tells them like a whole reply', () => {
    const [from, to] = [dialectNamed(upstream), dialectNamed(client)];
    const read = from.speak.readReply(reply);
    // One event a frame: what comes first must not depend on what comes after it.
    const crossing = new ReplyCrossing(to, from, {});
    const frames = read.events.map((event) => crossing.frame({ ...read, events: [event] }));
    const last = crossing.lastFrame();
    const streamed = foldReply(last === undefined ? frames : [...frames, last]).choices[0];
    const whole = foldReply([new ReplyCrossing(to, from, {}).whole(read, new Losses())]).choices[0];
    expect(asJson(streamed?.blocks)).toEqual(asJson(whole?.blocks));
    const home = (unsealed(streamed?.blocks ?? []) as unknown as JsonObject[]).map(
      ({ index: _, ...rest }) => rest,
    );
    const there = foldReply([read]).choices[0]?.blocks as unknown as JsonObject[];
    expect(asJson(home)).toEqual(asJson(there.map(({ index: _, ...rest }) => rest)));
  });
});
