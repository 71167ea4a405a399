/** Requests survive reading and writing with nothing changed but the model, and are read for what they ask. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { readRequest, writeRequest } from '../../../src/dialects/openai-chat/request.ts';
import { Generator } from '../../core/generator.ts';

const messages = [{ role: 'user', content: 'hi' }];
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } };
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as JsonObject;

function roundTrip(json: JsonObject, askForUsage = false): JsonObject {
  return asJson(writeRequest(readRequest(json), { model: 'm', askForUsage }, new Losses()));
}

const requests: [string, JsonObject][] = [
  ['the least there is', {}],
  ['an explicit false', { stream: false }],
  ['an explicit null', { stream: null, tools: null, stop: null, user: null, n: null }],
  ['a stream', { stream: true, stream_options: { include_usage: true, include_obfuscation: false } }],
  ['both limits', { max_tokens: 5, max_completion_tokens: 6 }],
  ['the old limit', { max_tokens: 5 }],
  ['the old limit beside a null', { max_completion_tokens: null, max_tokens: 5 }],
  ['one stop word', { stop: 'END' }],
  ['stop words', { stop: ['A', 'B'] }],
  ['stop of another kind', { stop: [1, 'A'] }],
  ['sampling', { temperature: 0, top_p: 1, frequency_penalty: -2, presence_penalty: 2, seed: 0, n: 1 }],
  ['sampling of another kind', { seed: '7', frequency_penalty: 'x' }],
  ['tools', { tools: [tool, { type: 'custom', custom: { name: 'g' } }], parallel_tool_calls: false }],
  ['no tools', { tools: [] }],
  ['tools that are no list', { tools: { f: tool } }],
  ['a choice', { tool_choice: 'required' }],
  ['a named choice', { tool_choice: { type: 'function', function: { name: 'f' } } }],
  ['a format', { response_format: { type: 'json_object' } }],
  ['the rest', { reasoning_effort: 'low', user: 'u', logit_bias: { 50256: -100 }, metadata: { a: 'b' } }],
  ['fields nobody knows', { x_vendor: [{ deep: { er: null } }], service_tier: 'flex' }],
  ['a field named __proto__', JSON.parse('{"__proto__":{"stream":true}}') as JsonObject],
];

test.each(requests)('%s', (_what, fields) => {
  const json = { model: 'm', messages, ...fields };
  expect(roundTrip(json)).toEqual(asJson(json));
});

test('keys stay in the order they came', () => {
  const json = {
    temperature: 1,
    messages,
    stream: true,
    zzz: 1,
    model: 'm',
    max_tokens: 5,
    tools: [tool],
    aaa: 2,
  };
  expect(Object.keys(roundTrip(json))).toEqual(Object.keys(json));
});

test('generated fields and messages survive', () => {
  const chance = new Generator(11);
  const keys = [
    'x',
    'stop',
    'tools',
    'seed',
    'user',
    'tool_choice',
    'response_format',
    'reasoning_effort',
    'y',
  ];
  for (let round = 0; round < 2000; round++) {
    const json: JsonObject = { model: 'm', messages: [chance.object(2, 3)] };
    for (const key of keys) if (chance.chance(0.4)) json[key] = chance.json(3);
    expect(roundTrip(json)).toEqual(asJson(json));
  }
});

test('the model becomes the target’s, and usage is asked for without losing other options', () => {
  const json = { model: 'alias', messages, stream: true, stream_options: { include_obfuscation: true } };
  expect(roundTrip(json, true)).toEqual({
    ...json,
    model: 'm',
    stream_options: { include_obfuscation: true, include_usage: true },
  });
});

describe('is read for what it asks', () => {
  test('every field that something acts on is typed', () => {
    const call = readRequest({
      model: 'm',
      messages,
      stream: true,
      tools: [tool],
      tool_choice: 'none',
      parallel_tool_calls: true,
      max_completion_tokens: 9,
      stop: ['x'],
      response_format: { type: 'text' },
      reasoning_effort: 'high',
      user: 'ann',
      temperature: 0.5,
      n: 2,
    });
    expect(call).toMatchObject({
      model: 'm',
      stream: true,
      toolChoice: { type: 'none' },
      parallelToolCalls: true,
      maxOutputTokens: 9,
      stop: ['x'],
      responseFormat: { type: 'text' },
      reasoning: { effort: 'high' },
      endUser: 'ann',
      sampling: { temperature: 0.5, choices: 2 },
    });
    expect(call.tools).toHaveLength(1);
    expect(call.messages[0]?.parts).toHaveLength(1);
  });

  test('what is absent stays absent', () => {
    const call = readRequest({ model: 'm', messages: [] });
    expect(Object.keys(call).sort()).toEqual(['carry', 'messages', 'model', 'sampling', 'stream']);
    expect(call.sampling).toEqual({});
  });
});
