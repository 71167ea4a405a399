/** Streams: events read into frames, and those of other dialects written as blocks that open and close one at a time. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { ReplyEvent } from '../../../src/core/reply.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import { BadFraming } from '../../../src/dialects/dialect.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { crossStream, readStream } from '../../support/trips.ts';
import { frameOf, streamed } from './call.ts';

const choice = 0;

function wire(...events: JsonObject[]): string {
  return events.map((json) => `event: ${json.type}\ndata: ${JSON.stringify(json)}\n\n`).join('');
}

const start = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    model: 'm',
    content: [],
    usage: { input_tokens: 9, output_tokens: 1 },
  },
};
const open = (index: number, content_block: JsonObject) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const add = (index: number, delta: JsonObject) => ({ type: 'content_block_delta', index, delta });
const close = (index: number) => ({ type: 'content_block_stop', index });
const stop = { type: 'message_stop' };
const end = (stop_reason: string, more: JsonObject = {}) => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null, ...more },
  usage: { output_tokens: 7 },
});

describe('read', () => {
  const events = [
    start,
    { type: 'ping' },
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    add(0, { type: 'thinking_delta', thinking: 'Hm' }),
    add(0, { type: 'signature_delta', signature: 'sig' }),
    close(0),
    open(1, { type: 'redacted_thinking', data: 'd' }),
    close(1),
    open(2, { type: 'server_tool_use', id: 'srv', name: 'web_search', input: {} }),
    add(2, { type: 'input_json_delta', partial_json: '{"query":1}' }),
    close(2),
    open(3, { type: 'web_search_tool_result', tool_use_id: 'srv', content: [] }),
    close(3),
    open(4, { type: 'text', text: '' }),
    add(4, { type: 'text_delta', text: 'Hello' }),
    close(4),
    open(5, { type: 'text', text: '', citations: [] }),
    add(5, { type: 'citations_delta', citation: { url: 'u', cited_text: 'c', title: null } }),
    add(5, { type: 'text_delta', text: ' you' }),
    close(5),
    open(6, { type: 'tool_use', id: 'a', name: 'n', input: {} }),
    add(6, { type: 'input_json_delta', partial_json: '' }),
    add(6, { type: 'input_json_delta', partial_json: '{}' }),
    close(6),
    open(7, { type: 'tool_use', id: 'b', name: 'n', input: { here: 'already' } }),
    close(7),
    open(8, { type: 'compaction', content: null }),
    add(8, { type: 'compaction_delta', content: 'c' }),
    close(8),
    end('tool_use', { container: { id: 'c' }, stop_details: null }),
    stop,
  ];

  test('into typed events, by block', () => {
    const said = readStream(anthropicMessages, eventsOf(wire(...events))).flatMap((frame) => frame.events);
    expect(said).toEqual([
      { type: 'usage', usage: { inputTokens: 9, outputTokens: 1 } },
      { type: 'reasoning-delta', choice, block: 0, text: 'Hm' },
      { type: 'reasoning-signature', choice, block: 0, signature: 'sig' },
      { type: 'reasoning-redacted', choice, block: 1, data: 'd' },
      { type: 'other', choice, block: 2, what: 'server_tool_use' },
      { type: 'other', choice, block: 3, what: 'web_search_tool_result' },
      { type: 'text-delta', choice, block: 4, text: 'Hello' },
      { type: 'text-delta', choice, block: 5, text: ' you' },
      { type: 'citation', choice, block: 5, citation: { url: 'u', citedText: 'c', start: 5, end: 9 } },
      { type: 'tool-call-delta', choice, block: 6, index: 0, id: 'a', name: 'n' },
      { type: 'tool-call-delta', choice, block: 6, index: 0, arguments: '' },
      { type: 'tool-call-delta', choice, block: 6, index: 0, arguments: '{}' },
      {
        type: 'tool-call-delta',
        choice,
        block: 7,
        index: 1,
        id: 'b',
        name: 'n',
        arguments: '{"here":"already"}',
      },
      { type: 'other', choice, block: 8, what: 'compaction' },
      { type: 'usage', usage: { inputTokens: 9, outputTokens: 7 } },
      { type: 'other', choice, what: 'reply.container' },
      { type: 'choice-finish', choice, reason: 'tool-calls', native: 'tool_use' },
    ] as ReplyEvent[]);
  });

  test('and written again to the byte', () => {
    expect(crossStream(anthropicMessages, anthropicMessages, eventsOf(wire(...events))).written).toBe(
      wire(...events),
    );
  });

  test('an error ends the stream as a failure', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const frames = readStream(anthropicMessages, eventsOf(wire(start, error)));
    expect(frames.at(-1)?.failure).toMatchObject({
      status: 529,
      type: 'overloaded_error',
      message: 'Overloaded',
    });
  });

  test('events without a type have the one of their name', () => {
    const reader = anthropicMessages.speak.createStreamReader();
    expect(reader.read({ name: 'message_stop', data: '{}' })).toBe('over');
    expect(reader.read({ data: '  ' })).toBeUndefined();
    expect(() => reader.read({ data: '[]' })).toThrow(BadFraming);
  });
});

describe('written from another dialect', () => {
  const head = { id: 'c1', model: 'gpt' };
  const begun = {
    type: 'message_start',
    message: {
      id: 'c1',
      type: 'message',
      role: 'assistant',
      model: 'gpt',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 0,
      },
    },
  };
  const ended = (stop_reason: string, usage: JsonObject = begun.message.usage) => [
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
    stop,
  ];

  test('blocks are strict, and usage comes at the end', () => {
    const { events, losses } = streamed([
      frameOf([{ type: 'text-delta', choice, text: '' }], head),
      frameOf([{ type: 'reasoning-delta', choice, text: 'Hm' }]),
      frameOf([{ type: 'reasoning-signature', choice, signature: 's' }]),
      frameOf([{ type: 'text-delta', choice, text: 'Hi' }]),
      frameOf([]),
      frameOf([
        { type: 'tool-call-delta', choice, index: 0, id: 'a b', name: 'n', arguments: '{"x"' },
        { type: 'tool-call-delta', choice, index: 1, id: 'b', name: 'm' },
        { type: 'tool-call-delta', choice, index: 0, arguments: ':1}' },
        { type: 'tool-call-delta', choice, index: 1, arguments: '{}' },
      ]),
      frameOf([{ type: 'choice-finish', choice, reason: 'tool-calls', native: 'tool_calls' }]),
      frameOf([{ type: 'usage', usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 4 } }]),
    ]);
    expect(losses).toEqual([]);
    expect(events).toEqual([
      begun,
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      add(0, { type: 'thinking_delta', thinking: 'Hm' }),
      add(0, { type: 'signature_delta', signature: 's' }),
      close(0),
      open(1, { type: 'text', text: '' }),
      add(1, { type: 'text_delta', text: 'Hi' }),
      close(1),
      open(2, { type: 'tool_use', id: expect.stringMatching(/^[\w-]+$/), name: 'n', input: {} }),
      add(2, { type: 'input_json_delta', partial_json: '{"x"' }),
      add(2, { type: 'input_json_delta', partial_json: ':1}' }),
      close(2),
      open(3, { type: 'tool_use', id: 'b', name: 'm', input: {} }),
      add(3, { type: 'input_json_delta', partial_json: '{}' }),
      close(3),
      ...ended('tool_use', {
        input_tokens: 1,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 4,
        output_tokens: 2,
      }),
    ] as JsonObject[]);
  });

  test('redacted reasoning is a block of its own', () => {
    const { events } = streamed([frameOf([{ type: 'reasoning-redacted', choice, data: 'd' }], head)]);
    expect(events).toEqual([
      begun,
      open(0, { type: 'redacted_thinking', data: 'd' }),
      close(0),
      ...ended('end_turn'),
    ] as JsonObject[]);
  });

  test('plain text for a tool is one JSON string, escaped piece by piece', () => {
    const { events, losses } = streamed([
      frameOf([
        { type: 'tool-call-delta', choice, index: 0, id: 'a', name: 'n', kind: 'custom', arguments: 'a"' },
      ]),
      frameOf([{ type: 'tool-call-delta', choice, index: 0, arguments: '\n' }]),
    ]);
    const json = events.map(({ delta }) => (delta as JsonObject | undefined)?.partial_json ?? '').join('');
    expect(JSON.parse(json)).toEqual({ input: 'a"\n' });
    expect(losses).toEqual(['custom tool call']);
  });

  test('a refusal is a text whose end says so', () => {
    const { events } = streamed([
      frameOf([{ type: 'refusal-delta', choice, text: 'No.' }], head),
      frameOf([{ type: 'choice-finish', choice, reason: 'stop' }]),
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events.at(-2)?.delta).toEqual({ stop_reason: 'refusal', stop_sequence: null });
  });

  test('what has no event is named, and opens no block', () => {
    const { events, losses } = streamed([
      frameOf(
        [
          { type: 'logprobs', choice, tokens: [] },
          { type: 'media', choice, kind: 'audio', mediaType: 'audio/wav', data: '' },
          { type: 'other', choice, what: 'odd' },
          { type: 'citation', choice, citation: {} },
          { type: 'text-delta', choice: 1, text: 'second' },
        ],
        head,
      ),
    ]);
    expect(events).toEqual([begun, ...ended('end_turn')] as JsonObject[]);
    expect([...losses].sort()).toEqual(['audio', 'choices', 'citations', 'logprobs', 'odd']);
  });

  test('a stream that said nothing is still a message, under the model that was asked', () => {
    const { events } = streamed([]);
    expect(events.map(({ type }) => type)).toEqual(['message_start', 'message_delta', 'message_stop']);
    expect(events[0]?.message).toMatchObject({ model: 'asked', content: [] });
  });

  test('a failure is an error event', () => {
    const writer = anthropicMessages.listen.createStreamWriter(
      { model: 'm', stream: true, wantsUsage: true },
      new Losses(),
    );
    expect(writer.fail(new GatewayError('upstream_incomplete', 'cut'))).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"cut"}}\n\n',
    );
    expect(eventsOf(writer.heartbeat ?? '')).toEqual([{ name: 'ping', data: '{"type": "ping"}' }]);
  });
});

describe('passed through', () => {
  function tapped(text: string) {
    const tap = anthropicMessages.createStreamTap({
      provider: 'p',
      maxEventBytes: 10_000,
      hideUsage: false,
      scrub: (refusal) => refusal,
    });
    const passed = Buffer.from(tap.push(Buffer.from(text)) ?? '').toString('utf8');
    return { passed, isOver: tap.isOver, end: tap.end() };
  }

  test('usage is that of both halves', () => {
    const text = wire(start, open(0, { type: 'text', text: '' }), close(0), end('max_tokens'), stop);
    expect(tapped(text)).toEqual({
      passed: text,
      isOver: true,
      end: { usage: { inputTokens: 9, outputTokens: 7 }, finish: 'length', text: '' },
    });
  });

  test('an error is left to the writer, and what came before it goes out', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const { passed, end: ended } = tapped(wire(start, error));
    expect(passed).toBe(wire(start));
    expect(ended.error).toMatchObject({ code: 'upstream_rejected', status: 529 });
  });

  test('a stream that stops in the middle is incomplete', () => {
    expect(tapped(wire(start)).end.error?.code).toBe('upstream_incomplete');
  });
});
