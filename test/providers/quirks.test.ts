/** Each quirk: what it changes, what it leaves alone, and what it says was lost. */
import { describe, expect, test } from 'bun:test';
import type { DialectName } from '../../src/core/dialect-name.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import { adaptTo, type Quirks } from '../../src/providers/quirks.ts';
import { builtInProviders } from '../../src/providers/registry.ts';
import { readTraffic, trafficIsPresent } from '../support/traffic.ts';

function adapted(quirks: Partial<Quirks>, body: JsonObject, dialect: DialectName = 'openai-chat') {
  const losses = new Losses();
  const adapt = adaptTo({ streamUsage: true, ...quirks });
  const before = JSON.stringify(body);
  const after = adapt?.(body, { model: String(body.model), dialect }, losses) ?? body;
  expect(JSON.stringify(body)).toBe(before);
  return { text: JSON.stringify(after), same: after === body, losses: losses.list() };
}

const fn = (more: JsonObject = {}): JsonObject => ({ type: 'function', function: { name: 'f', ...more } });

test('no quirk, nothing to do', () => {
  expect(adaptTo({ streamUsage: true })).toBeUndefined();
  expect(adaptTo({ streamUsage: true, developerRole: true, strictTools: true })).toBeUndefined();
});

type Row = [name: string, quirks: Partial<Quirks>, before: JsonObject, after: JsonObject, lost: string[]];

test.each<Row>([
  [
    'the limit',
    { maxTokensField: 'max_tokens' },
    { a: 1, max_completion_tokens: 5, b: 2 },
    { a: 1, max_tokens: 5, b: 2 },
    [],
  ],
  [
    'the limit, the other way',
    { maxTokensField: 'max_completion_tokens' },
    { max_tokens: 5 },
    { max_completion_tokens: 5 },
    [],
  ],
  [
    'both limits',
    { maxTokensField: 'max_tokens' },
    { max_completion_tokens: 5, max_tokens: 6 },
    { max_tokens: 6 },
    [],
  ],
  ['the seed', { seedField: 'random_seed' }, { seed: 0, x: null }, { random_seed: 0, x: null }, []],
  [
    'usage',
    { streamUsage: false },
    { stream_options: { include_usage: true }, n: 1 },
    { n: 1 },
    ['stream_options'],
  ],
  ['usage asked for by null', { streamUsage: false }, { stream_options: null, n: 1 }, { n: 1 }, []],
  ['a refused field', { refusedFields: ['store'] }, { store: false, n: 1 }, { n: 1 }, ['store']],
  [
    'developer',
    { developerRole: false },
    {
      messages: [
        { role: 'developer', content: 'd' },
        { role: 'user', content: 'developer' },
      ],
    },
    {
      messages: [
        { role: 'system', content: 'd' },
        { role: 'user', content: 'developer' },
      ],
    },
    [],
  ],
  [
    'names, but those of results',
    { messageNames: false },
    {
      messages: [
        { role: 'user', name: 'n', content: 'c' },
        { role: 'tool', name: 't' },
        { role: 'function', name: 'f' },
        5,
      ],
    },
    {
      messages: [
        { role: 'user', content: 'c' },
        { role: 'tool', name: 't' },
        { role: 'function', name: 'f' },
        5,
      ],
    },
    ['messages.name'],
  ],
  [
    'reasoning',
    { reasoningField: 'reasoning' },
    {
      messages: [
        { role: 'assistant', reasoning_content: 'r' },
        { role: 'user', reasoning_content: 'r' },
      ],
    },
    {
      messages: [
        { role: 'assistant', reasoning: 'r' },
        { role: 'user', reasoning_content: 'r' },
      ],
    },
    [],
  ],
  [
    'strict tools',
    { strictTools: false },
    { tools: [fn({ strict: true }), fn()] },
    { tools: [fn(), fn()] },
    ['tools.strict'],
  ],
  [
    'tools that are not strict',
    { strictTools: false },
    { tools: [fn({ strict: false })] },
    { tools: [fn()] },
    [],
  ],
  ['parallel calls', { parallelToolCalls: false }, { parallel_tool_calls: true }, {}, []],
  [
    'no parallel calls',
    { parallelToolCalls: false },
    { parallel_tool_calls: false },
    {},
    ['parallel_tool_calls'],
  ],
  ['a name of its own', { modelNames: { m: 'vendor/m' } }, { model: 'm' }, { model: 'vendor/m' }, []],
])('%s', (_name, quirks, before, after, lost) => {
  const { text, same, losses } = adapted(quirks, before);
  expect({ text, same, losses: [...losses] }).toEqual({
    text: JSON.stringify(after),
    same: false,
    losses: lost,
  });
});

const all: Partial<Quirks> = {
  streamUsage: false,
  maxTokensField: 'max_tokens',
  seedField: 'random_seed',
  reasoningField: 'reasoning',
  developerRole: false,
  messageNames: false,
  strictTools: false,
  parallelToolCalls: false,
  refusedFields: ['store', 'user'],
  modelNames: { other: 'x' },
};

describe('the same object where nothing has to change', () => {
  test.each<[string, JsonObject]>([
    [
      'a plain call',
      { model: 'm', messages: [{ role: 'user', content: 'c' }], max_tokens: 5, tools: [fn()] },
    ],
    ['no messages', { model: 'm' }],
    ['odd shapes', { model: 'm', messages: 'x', tools: { strict: true } }],
    ['odd items', { model: 'm', messages: [null, 5, 'x', []], tools: [{ function: 'f' }, null] }],
  ])('%s', (_name, body) => {
    expect(adapted(all, body)).toMatchObject({ same: true, losses: [] });
  });

  test('a name every object has is no model of its own', () => {
    expect(adapted(all, { model: 'constructor' })).toMatchObject({ same: true });
  });

  test('another API is another language', () => {
    const body = { model: 'm', store: true, max_completion_tokens: 5, stream_options: {} };
    for (const dialect of ['openai-responses', 'anthropic-messages', 'openai-embeddings'] as const)
      expect(adapted(all, body, dialect)).toMatchObject({ same: true, losses: [] });
  });
});

test('legacy completions have seed and usage in common with chat, and their own name for the limit', () => {
  const body = { prompt: 'p', max_tokens: 5, seed: 1, stream_options: {} };
  const { text } = adapted({ ...all, maxTokensField: 'max_completion_tokens' }, body, 'openai-completions');
  expect(JSON.parse(text)).toEqual({ prompt: 'p', max_tokens: 5, random_seed: 1 });
});

test('embeddings have their own name for dimensions, and no end user where none is taken', () => {
  const body = { input: 'x', dimensions: 5, user: 'u', store: true };
  const quirks = { dimensionsField: 'output_dimension', refusedFields: ['store', 'user'] };
  const { text, losses } = adapted(quirks, body, 'openai-embeddings');
  expect(JSON.parse(text)).toEqual({ input: 'x', output_dimension: 5, store: true });
  expect(losses).toEqual(['user']);
});

test('__proto__ is a field like any other', () => {
  const body = JSON.parse('{"__proto__":{"x":1},"seed":1}') as JsonObject;
  expect(adapted({ seedField: 's' }, body).text).toBe('{"__proto__":{"x":1},"s":1}');
});

const family = 'openai-chat';
test.skipIf(!trafficIsPresent(family))(
  'what a provider took when it was recorded is not called a loss',
  () => {
    let count = 0;
    for (const { id, request, response } of readTraffic(family)) {
      const { host } = new URL(request.url);
      const provider = builtInProviders.find(({ defaultBaseUrl }) => defaultBaseUrl?.includes(`//${host}/`));
      if (provider === undefined || request.body === undefined || response.status !== 200) continue;
      const { losses } = adapted(provider.quirks, request.body);
      expect({ id, losses: [...losses] }).toEqual({ id, losses: [] });
      count++;
    }
    process.stdout.write(`quirks: ${count} recorded requests lose nothing\n`);
    expect(count).toBeGreaterThan(250);
  },
);
