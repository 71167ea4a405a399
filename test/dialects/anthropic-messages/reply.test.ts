/** Whole replies: read into events, and written for clients of this dialect from those of another. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses, reportCarry } from '../../../src/core/losses.ts';
import type { FinishReason, ReplyEvent } from '../../../src/core/reply.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import { asJson, crossReply } from '../../support/trips.ts';
import { frameOf } from './call.ts';

const { speak, listen, observe } = anthropicMessages;
const choice = 0;

function replyOf(content: JsonObject[], more: JsonObject = {}): JsonObject {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 2 },
    ...more,
  };
}

const cited = {
  type: 'web_search_result_location',
  url: 'u',
  title: 't',
  cited_text: 'c',
  encrypted_index: 'e',
};
test.each<[JsonObject, ReplyEvent[]]>([
  [{ type: 'text', text: 'Hi' }, [{ type: 'text-delta', choice, block: 0, text: 'Hi' }]],
  [{ type: 'text', text: '' }, []],
  [
    { type: 'text', text: 'Hi', citations: [cited] },
    [
      { type: 'text-delta', choice, block: 0, text: 'Hi' },
      {
        type: 'citation',
        choice,
        block: 0,
        citation: { url: 'u', title: 't', citedText: 'c', start: 0, end: 2 },
      },
    ],
  ],
  [
    { type: 'thinking', thinking: '', signature: 's' },
    [{ type: 'reasoning-signature', choice, block: 0, signature: 's' }],
  ],
  [{ type: 'redacted_thinking', data: 'd' }, [{ type: 'reasoning-redacted', choice, block: 0, data: 'd' }]],
  [
    { type: 'tool_use', id: 'a', name: 'n', input: {}, caller: { type: 'direct' } },
    [{ type: 'tool-call-delta', choice, block: 0, index: 0, id: 'a', name: 'n', arguments: '{}' }],
  ],
  [
    { type: 'server_tool_use', id: 'a', name: 'n', input: {} },
    [{ type: 'other', choice, block: 0, what: 'server_tool_use' }],
  ],
  [{ type: 'compaction', content: 'c' }, [{ type: 'other', choice, block: 0, what: 'compaction' }]],
])('the block %j says %j, and comes back', (block, events) => {
  const reply = replyOf([block]);
  const frame = speak.readReply(reply);
  expect(frame.events.filter(({ type }) => type !== 'usage' && type !== 'choice-finish')).toEqual(events);
  expect(crossReply(anthropicMessages, anthropicMessages, reply).written).toEqual(asJson(reply));
  const losses = new Losses();
  reportCarry(frame.carry, 'reply', listen.formKeys, losses);
  expect(losses.list()).toEqual([]);
});

test.each<[JsonObject, FinishReason | undefined]>([
  [{ stop_reason: 'end_turn' }, 'stop'],
  [{ stop_reason: 'stop_sequence', stop_sequence: 'END' }, 'stop'],
  [{ stop_reason: 'pause_turn' }, 'stop'],
  [{ stop_reason: 'max_tokens' }, 'length'],
  [{ stop_reason: 'model_context_window_exceeded' }, 'length'],
  [{ stop_reason: 'tool_use' }, 'tool-calls'],
  [
    { stop_reason: 'refusal', stop_details: { type: 'refusal', category: 'bio', explanation: 'no' } },
    'content-filter',
  ],
  [{ stop_reason: 'compaction' }, 'other'],
  [{ stop_reason: null }, undefined],
])('%j is the end %s, and comes back', (more, reason) => {
  const reply = replyOf([], more);
  expect(observe(reply).finish).toBe(reason);
  const finish = speak.readReply(reply).events.find((event) => event.type === 'choice-finish');
  expect(finish?.reason).toBe(reason as never);
  expect(crossReply(anthropicMessages, anthropicMessages, reply).written).toEqual(asJson(reply));
});

describe('from another dialect', () => {
  function written(events: ReplyEvent[], more = {}): { json: JsonObject; losses: readonly string[] } {
    const losses = new Losses();
    const json = asJson(
      listen.writeReply(frameOf(events, { id: 'chatcmpl-1', model: 'gpt', ...more }), losses),
    );
    return { json, losses: losses.list() };
  }

  test('a reply is a message', () => {
    const { json, losses } = written([
      { type: 'reasoning-delta', choice, text: 'Hm' },
      { type: 'reasoning-signature', choice, signature: 's' },
      { type: 'text-delta', choice, text: 'Hi' },
      { type: 'tool-call-delta', choice, index: 0, id: 'a:1', name: 'n', arguments: '' },
      { type: 'tool-call-delta', choice, index: 1, id: 'b', name: 'n', arguments: '{"x":' },
      { type: 'choice-finish', choice, reason: 'tool-calls', native: 'tool_calls' },
      {
        type: 'usage',
        usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 6, reasoningTokens: 3 },
      },
    ]);
    expect(json).toEqual({
      id: 'chatcmpl-1',
      type: 'message',
      role: 'assistant',
      model: 'gpt',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 's' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: expect.stringMatching(/^[a-zA-Z0-9_-]+$/), name: 'n', input: {} },
        { type: 'tool_use', id: 'b', name: 'n', input: {} },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: {
        input_tokens: 4,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 6,
        output_tokens: 4,
        output_tokens_details: { thinking_tokens: 3 },
      },
    });
    expect(losses).toEqual(['tool call arguments']);
  });

  test.each<[ReplyEvent[], string]>([
    [[{ type: 'choice-finish', choice, reason: 'stop' }], 'end_turn'],
    [[{ type: 'choice-finish', choice, reason: 'stop', stopSequence: 'END' }], 'stop_sequence'],
    [[{ type: 'choice-finish', choice, reason: 'length' }], 'max_tokens'],
    [[{ type: 'choice-finish', choice, reason: 'content-filter' }], 'refusal'],
    [[{ type: 'choice-finish', choice, reason: 'other', native: 'odd' }], 'end_turn'],
    [
      [
        { type: 'tool-call-delta', choice, index: 0, id: 'a', name: 'n' },
        { type: 'choice-finish', choice, reason: 'stop' },
      ],
      'tool_use',
    ],
    [
      [
        { type: 'refusal-delta', choice, text: 'No.' },
        { type: 'choice-finish', choice, reason: 'stop' },
      ],
      'refusal',
    ],
  ])('%j ends with %s', (events, reason) => {
    expect(written(events).json.stop_reason).toBe(reason);
  });

  test('what a message cannot hold is named', () => {
    const { losses } = written([
      { type: 'logprobs', choice, tokens: [{ token: 't', logprob: 0 }] },
      { type: 'media', choice, kind: 'image', mediaType: 'image/png', data: '' },
      { type: 'other', choice, what: 'odd' },
      { type: 'citation', choice, citation: { title: 'no address' } },
      { type: 'text-delta', choice, text: 'x' },
      { type: 'text-delta', choice: 1, text: 'y' },
    ]);
    expect([...losses].sort()).toEqual(['choices', 'citations', 'image', 'logprobs', 'odd']);
  });

  test('a message without an id gets one', () => {
    expect(written([], { id: undefined }).json.id).toMatch(/^msg_[0-9a-f]{32}$/);
  });
});
