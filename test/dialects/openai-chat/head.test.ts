/** What every request must say: each wrong field is named, with OpenAI's code for it. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { readHead } from '../../../src/dialects/openai-chat/head.ts';
import { openaiCompletions } from '../../../src/dialects/openai-completions.ts';
import { openaiEmbeddings } from '../../../src/dialects/openai-embeddings.ts';

type Reader = (json: JsonObject) => unknown;

function refusal(read: Reader, json: JsonObject): string {
  try {
    read(json);
  } catch (thrown) {
    if (thrown instanceof GatewayError) {
      expect(thrown.message).toContain(`'${thrown.param}'`);
      return `${thrown.code} ${thrown.param}`;
    }
    throw thrown;
  }
  return 'accepted';
}

const chat = { model: 'm', messages: [] };
const embeddings = { model: 'm', input: 'x' };

/** Wrong everywhere a model is named. */
const models: [JsonValue | undefined, string][] = [
  [undefined, 'missing_required_parameter model'],
  [null, 'missing_required_parameter model'],
  ['', 'missing_required_parameter model'],
  [7, 'invalid_type model'],
  [['m'], 'invalid_type model'],
  [{ id: 'm' }, 'invalid_type model'],
  [false, 'invalid_type model'],
];

describe.each([
  ['chat', readHead, chat],
  ['completions', openaiCompletions.listen.readHead, { model: 'm' }],
  ['embeddings', openaiEmbeddings.listen.readHead, embeddings],
] as [string, Reader, JsonObject][])('%s', (_name, read, good) => {
  test('takes what is complete', () => {
    expect(refusal(read, good)).toBe('accepted');
  });

  test.each(models.map(([value, expected]) => ({ value, expected })))('model %j', ({ value, expected }) => {
    expect(refusal(read, { ...good, model: value })).toBe(expected);
  });
});

const shared: [JsonObject, string][] = [
  [{ stream: 'true' }, 'invalid_type stream'],
  [{ stream: 1 }, 'invalid_type stream'],
  [{ stream: null }, 'accepted'],
  [{ n: '1' }, 'invalid_type n'],
  [{ n: null }, 'accepted'],
  [{ max_tokens: [] }, 'invalid_type max_tokens'],
  [{ temperature: '0' }, 'invalid_type temperature'],
  [{ temperature: 0 }, 'accepted'],
  [{ top_p: {} }, 'invalid_type top_p'],
  [{ stream_options: true }, 'invalid_type stream_options'],
  [{ stream_options: [] }, 'invalid_type stream_options'],
  [{ stream_options: null }, 'accepted'],
  [{ stream_options: { include_usage: 'yes' } }, 'invalid_type stream_options.include_usage'],
  [{ stream_options: { include_usage: null } }, 'accepted'],
  [{ something_new: { any: ['thing'] } }, 'accepted'],
];

test.each(shared)('chat and completions judge %j: %s', (fields, expected) => {
  expect(refusal(readHead, { ...chat, ...fields })).toBe(expected);
  expect(refusal(openaiCompletions.listen.readHead, { model: 'm', ...fields })).toBe(expected);
});

test.each([
  [{ messages: undefined }, 'missing_required_parameter messages'],
  [{ messages: null }, 'missing_required_parameter messages'],
  [{ messages: 'hello' }, 'invalid_type messages'],
  [{ messages: {} }, 'invalid_type messages'],
  [{ max_completion_tokens: '5' }, 'invalid_type max_completion_tokens'],
] as [JsonObject, string][])('chat judges %j: %s', (fields, expected) => {
  expect(refusal(readHead, { ...chat, ...fields })).toBe(expected);
});

test.each([
  [{ input: undefined }, 'missing_required_parameter input'],
  [{ input: 5 }, 'invalid_type input'],
  [{ input: {} }, 'invalid_type input'],
  [{ input: ['a', 'b'] }, 'accepted'],
  [{ input: [[1, 2], [3]] }, 'accepted'],
] as [JsonObject, string][])('embeddings judge %j: %s', (fields, expected) => {
  expect(refusal(openaiEmbeddings.listen.readHead, { ...embeddings, ...fields })).toBe(expected);
});

test.each([
  [{}, { stream: false, wantsUsage: false }],
  [{ stream: true }, { stream: true, wantsUsage: false }],
  [
    { stream: true, stream_options: { include_usage: true } },
    { stream: true, wantsUsage: true },
  ],
  [
    { stream: true, stream_options: { include_usage: false } },
    { stream: true, wantsUsage: false },
  ],
] as [JsonObject, object][])('%j is read as %j', (fields, expected) => {
  expect(readHead({ ...chat, ...fields })).toMatchObject({ model: 'm', ...expected });
});

test('names every object has are no fields', () => {
  const json = JSON.parse(
    '{"model":"m","messages":[],"__proto__":{"stream":true},"constructor":1}',
  ) as JsonObject;
  expect(readHead(json).stream).toBe(false);
});
