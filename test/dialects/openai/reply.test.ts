/** Replies and chunks survive reading and writing, odd ones included, and say the same whole and in pieces. */
import { describe, expect, test } from 'bun:test';
import { foldReply, textIn } from '../../../src/core/fold.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { openaiCompletions } from '../../../src/dialects/openai-completions.ts';
import { openaiEmbeddings } from '../../../src/dialects/openai-embeddings.ts';
import { Generator } from '../../core/generator.ts';
import { asJson, crossReply, crossRequest, readChunk, wireText } from '../../support/trips.ts';

const trip = (json: JsonObject) => crossReply(openaiChat, openaiChat, json).written;
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const custom = { id: 'c', type: 'custom', custom: { name: 'g', input: 'i' } };
const messages: [string, JsonValue][] = [
  ['text', { role: 'assistant', content: 'x', refusal: null, annotations: [] }],
  [
    'tool calls',
    { role: 'assistant', content: null, tool_calls: [call, { ...call, id: 'call_2', index: 1 }] },
  ],
  ['a custom tool call', { role: 'assistant', content: null, tool_calls: [custom, call] }],
  ['tool calls that are no objects', { role: 'assistant', content: null, tool_calls: [null, 'odd', call] }],
  ['a refusal', { role: 'assistant', content: '', refusal: 'no' }],
  ['reasoning', { role: 'assistant', reasoning_content: 'hm', content: 'x' }],
  ['reasoning spelled otherwise', { reasoning: 'hm', reasoning_details: [{ type: 'text' }], content: 'x' }],
  ['reasoning in both spellings', { role: 'assistant', reasoning: 'a', reasoning_content: 'b' }],
  ['content in parts', { role: 'assistant', content: [{ type: 'text', text: 'x' }] }],
  ['audio', { role: 'assistant', audio: { id: 'a', data: 'AA==' }, content: null }],
  ['null', null],
  ['a text for a message', 'odd'],
];

test.each(messages)('a whole reply with %s survives', (_what, message) => {
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  const json = { id: 'i', object: 'chat.completion', created: 5, model: 'm', choices, usage: null, x: [1] };
  expect(trip(json)).toEqual(json);
});

test.each([
  { id: 'i', choices: [] },
  { choices: 'none', id: 5, model: null, created: 'today' },
  { choices: [{ delta: { content: 'no index' } }, { delta: { content: 'second' } }] },
  {
    choices: [
      { index: 1, message: { content: 'b' } },
      { index: 0, message: { content: 'a' } },
    ],
  },
  { choices: [{ index: 0, finish_reason: 'brand_new', message: {} }] },
  { choices: [{ index: 0, finish_reason: null, message: {} }] },
  { choices: [{ index: 0, finish_reason: 'stop' }] },
  {},
] as JsonObject[])('odd reply %j', (json) => {
  expect(trip(json)).toEqual(json);
});

test('generated chunks survive', () => {
  const chance = new Generator(77);
  const keys = ['content', 'role', 'refusal', 'reasoning', 'x'];
  for (let round = 0; round < 2000; round++) {
    const delta: JsonObject = {};
    for (const key of keys) if (chance.chance(0.5)) delta[key] = chance.json(3);
    if (chance.chance(0.5)) delta.tool_calls = [chance.object(2, 3), chance.object(1, 2)];
    const json = { ...chance.object(1, 2), choices: [{ index: 0, delta, finish_reason: chance.json(0) }] };
    const written = readChunk(openaiChat, json);
    const head = { model: 'm', stream: true, wantsUsage: true };
    const text = wireText(openaiChat.listen.createStreamWriter(head, new Losses()).write(written));
    expect(JSON.parse(text.slice('data: '.length))).toEqual(asJson(json));
  }
});

test('a whole reply and its chunks fold to the same', () => {
  const message = { role: 'assistant', content: 'Hello', tool_calls: [call] };
  const usage = { prompt_tokens: 1, completion_tokens: 2 };
  const whole = openaiChat.speak.readReply({
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  });
  const delta = (fields: JsonObject, finish: string | null = null) =>
    readChunk(openaiChat, { choices: [{ index: 0, delta: fields, finish_reason: finish }] });
  const chunks = [
    delta({ role: 'assistant', content: 'Hel' }),
    delta({ content: 'lo' }),
    delta({ tool_calls: [{ index: 0, ...call, function: { name: 'f', arguments: '' } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }, 'stop'),
    readChunk(openaiChat, { choices: [], usage }),
  ];
  expect(foldReply(chunks)).toEqual(foldReply([whole]));
});

describe('the plain dialects', () => {
  test('a completion is read and written', () => {
    const json = {
      id: 'c',
      choices: [{ text: 'x', index: 0, logprobs: null, finish_reason: 'length' }],
      usage: null,
    };
    const frame = openaiCompletions.speak.readReply(json);
    const [choice] = foldReply([frame]).choices;
    expect([textIn(choice, 'text'), choice?.finish?.reason]).toEqual(['x', 'length']);
    expect(crossReply(openaiCompletions, openaiCompletions, json).written).toEqual(json);
  });

  test('an embedding is carried untouched, its usage read', () => {
    const data = [{ object: 'embedding', index: 0, embedding: [0.1, -2e-9] }];
    const json = { object: 'list', data, model: 'e', usage: { prompt_tokens: 3, total_tokens: 3 } };
    const frame = openaiEmbeddings.speak.readReply(json);
    expect(foldReply([frame]).usage).toEqual({ inputTokens: 3, outputTokens: 0 });
    expect(crossReply(openaiEmbeddings, openaiEmbeddings, json).written).toEqual(json);
  });

  test.each([openaiCompletions, openaiEmbeddings])('$name carries a request untouched', (dialect) => {
    const json = { model: 'a', input: [[1, 2]], prompt: ['x'], stream: false, x: { y: null } };
    expect(crossRequest(dialect, dialect, json)).toEqual({ written: json, losses: [] });
  });
});

test.each(['constructor', '__proto__', 'hasOwnProperty'])('the finish word %s is none of ours', (word) => {
  const frame = openaiChat.speak.readReply({ choices: [{ index: 0, message: {}, finish_reason: word }] });
  expect(frame.events).toContainEqual({ type: 'choice-finish', choice: 0, reason: 'other', native: word });
});

test.each([
  ['', undefined],
  ['eos', 'stop'],
  ['model_length', 'length'],
  ['odd', 'other'],
])('the end %p is %p, and goes back as it came', (finish_reason, reason) => {
  const json = { choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason }] };
  expect(foldReply([openaiChat.speak.readReply(json)]).choices[0]?.finish?.reason).toBe(reason as never);
  expect(trip(json)).toEqual(json);
});
