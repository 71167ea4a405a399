/** Nothing that a client or an upstream sends makes this dialect fail in any but the ways it names. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { ReplyFrame } from '../../../src/core/reply.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import { BadFraming } from '../../../src/dialects/dialect.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { Generator } from '../../core/generator.ts';
import { readTraffic, trafficIsPresent } from '../../support/traffic.ts';
import { foreign } from './call.ts';

const generator = new Generator(20_261_122);
const head = { model: 'm', stream: true, wantsUsage: true };

const sampleRequest: JsonObject = {
  model: 'm',
  max_tokens: 9,
  system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }],
  messages: [
    { role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'https://a' } }] },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'n', input: {} }] },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'x' }] }],
    },
  ],
  tools: [{ name: 'n', input_schema: { type: 'object' } }],
  tool_choice: { type: 'auto' },
  thinking: { type: 'enabled', budget_tokens: 1024 },
  output_config: { effort: 'low', format: { type: 'json_schema', schema: {} } },
  metadata: { user_id: 'u' },
};
const sampleStream = [
  { type: 'message_start', message: { id: 'a', model: 'm', usage: { input_tokens: 1, output_tokens: 1 } } },
  {
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'tool_use', id: 'a', name: 'n', input: {} },
  },
  { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{}' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2, iterations: [] } },
];

/** The same value with something in it exchanged, dropped or added. */
function mutated(value: JsonValue | undefined): JsonValue {
  if (generator.chance(0.08)) return generator.json(2);
  if (Array.isArray(value)) {
    const items = value.filter(() => !generator.chance(0.05)).map(mutated);
    return generator.chance(0.05) ? [...items, generator.json(2)] : items;
  }
  if (!isObject(value)) return value ?? null;
  const fields: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) if (!generator.chance(0.05)) fields[key] = mutated(inner);
  return fields;
}

/** Runs what may be refused; anything else it throws is a fault. */
function orRefused<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof GatewayError || thrown instanceof BadFraming) return undefined;
    throw thrown;
  }
}

function recorded<T>(pick: (exchange: ReturnType<typeof readTraffic>[number]) => T | undefined): T[] {
  if (!trafficIsPresent('anthropic-messages')) return [];
  return readTraffic('anthropic-messages')
    .map(pick)
    .filter((found) => found !== undefined)
    .filter((_, at) => at % 4 === 0);
}

/** Read as one of another dialect, so that the foreign writers meet it too. */
function estranged<T extends { readonly carry: unknown }>(value: T): T {
  return { ...value, carry: foreign };
}

describe('mutated', () => {
  test('requests are read and written, or refused', () => {
    const samples = [sampleRequest, ...recorded(({ request }) => request.body)];
    let read = 0;
    for (let round = 0; round < 3000; round++) {
      const json = mutated(generator.pick(samples));
      if (!isObject(json)) continue;
      const call = orRefused(() => anthropicMessages.listen.readRequest(json));
      if (call === undefined) continue;
      read++;
      const change = { model: 'claude-sonnet-4-5', askForUsage: false };
      const losses = new Losses();
      const again = anthropicMessages.speak.writeRequest(call, { ...change, model: call.model }, losses);
      expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(json)));
      orRefused(() => JSON.stringify(anthropicMessages.speak.writeRequest(estranged(call), change, losses)));
    }
    expect(read).toBeGreaterThan(500);
  });

  test('replies come back as they are, and cross', () => {
    const samples = [{ ...sampleRequest, content: [] }, ...recorded(({ response }) => response.body)];
    for (let round = 0; round < 3000; round++) {
      const json = mutated(generator.pick(samples));
      if (!isObject(json)) continue;
      anthropicMessages.observe(json);
      anthropicMessages.speak.readFailure(json);
      anthropicMessages.speak.readRefusal(400, json);
      const frame = anthropicMessages.speak.readReply(json);
      const again = anthropicMessages.listen.writeReply(frame, new Losses());
      expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(json)));
      JSON.stringify(anthropicMessages.listen.writeReply(estranged(frame), new Losses()));
      JSON.stringify(openaiChat.listen.writeReply(frame, new Losses()));
    }
  });

  test('streams are read event by event, and their blocks stay strict in crossing', () => {
    const samples = [
      sampleStream as JsonObject[],
      ...recorded(({ response }) =>
        response.text === undefined
          ? undefined
          : eventsOf(`${response.text}\n\n`).map(({ data }) => JSON.parse(data) as JsonObject),
      ),
    ];
    for (let round = 0; round < 400; round++) {
      const events = generator
        .pick(samples)
        .filter(() => !generator.chance(0.1))
        .slice(0, 60)
        .map(mutated);
      const reader = anthropicMessages.speak.createStreamReader();
      const own = anthropicMessages.listen.createStreamWriter(head, new Losses());
      const other = anthropicMessages.listen.createStreamWriter(head, new Losses());
      let written = '';
      for (const json of events) {
        const frame = orRefused(() => reader.read({ data: JSON.stringify(json) }));
        if (typeof frame !== 'object' || frame.failure !== undefined) continue;
        const [again] = eventsOf(String(own.write(frame)));
        expect(JSON.parse(again?.data ?? 'null')).toEqual(JSON.parse(JSON.stringify(json)));
        written += String(other.write(estranged<ReplyFrame>(frame)));
      }
      expectStrict(eventsOf(written + String(other.end())).map(({ data }) => JSON.parse(data) as JsonObject));
    }
  });
});

function expectStrict(events: readonly JsonObject[]): void {
  let open: unknown;
  let next = 0;
  expect(events[0]?.type).toBe('message_start');
  expect(events.slice(-2).map(({ type }) => type)).toEqual(['message_delta', 'message_stop']);
  for (const { type, index } of events.slice(1, -2)) {
    if (type === 'content_block_start') {
      expect([open, index]).toEqual([undefined, next++]);
      open = index;
    } else {
      expect(index).toBe(open as never);
      if (type === 'content_block_stop') open = undefined;
    }
  }
  expect(open).toBeUndefined();
}

test('however the bytes are cut, and whatever becomes of some, only a named fault ends a stream', () => {
  const streams = [
    sampleStream.map((json) => `event: ${json.type}\ndata: ${JSON.stringify(json)}\n\n`).join(''),
    ...recorded(({ response }) => response.text?.slice(0, 5000)),
  ];
  for (let round = 0; round < 400; round++) {
    const bytes = Buffer.from(generator.pick(streams));
    const isSpoilt = generator.chance(0.5);
    if (isSpoilt)
      for (let spots = generator.below(5); spots >= 0; spots--)
        bytes[generator.below(bytes.length)] = generator.below(256);
    const decoder = anthropicMessages.speak.createDecoder(1_000_000);
    const reader = anthropicMessages.speak.createStreamReader();
    const writer = anthropicMessages.listen.createStreamWriter(head, new Losses());
    let written = '';
    const whole = orRefused(() => {
      for (const piece of generator.cut(bytes, 1 + generator.below(12)))
        for (const event of decoder.push(piece)) {
          const frame = reader.read(event);
          if (typeof frame === 'object') written += String(writer.write(frame));
        }
      return true;
    });
    if (isSpoilt) continue;
    expect(whole).toBe(true);
    const sent = eventsOf(bytes.toString('utf8')).filter(({ name }) => name !== 'message_stop');
    expect(eventsOf(written).map(({ name, data }) => [name, JSON.parse(data)])).toEqual(
      sent.map(({ name, data }) => [name, JSON.parse(data)]),
    );
  }
});
