/** The client's own name for its end user, and how much a call may write, out of requests of every API. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/core/json.ts';
import { anthropicCountTokens } from '../../src/dialects/anthropic-count-tokens.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import { bedrockConverse } from '../../src/dialects/bedrock-converse/index.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { gemini } from '../../src/dialects/gemini/index.ts';
import { geminiCountTokens } from '../../src/dialects/gemini-count-tokens.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { openaiCompletions } from '../../src/dialects/openai-completions.ts';
import { openaiEmbeddings } from '../../src/dialects/openai-embeddings.ts';
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts';

const body = { model: 'm', messages: [], input: 'x', prompt: 'x', max_tokens: 5 };

describe('the customer', () => {
  const openai = [openaiChat, openaiResponses, openaiCompletions, openaiEmbeddings];
  const of = (dialect: Dialect, more: JsonObject) => dialect.listen.readHead({ ...body, ...more }).customer;

  test.each(openai.map((dialect) => [dialect.name, dialect] as const))('of %s', (_name, dialect) => {
    expect(of(dialect, {})).toBeUndefined();
    expect(of(dialect, { user: 'alice' })).toBe('alice');
    expect(of(dialect, { safety_identifier: 'bob' })).toBe('bob');
    expect(of(dialect, { user: 'alice', safety_identifier: 'bob' })).toBe('alice');
    expect(of(dialect, { user: '', safety_identifier: 'bob' })).toBe('bob');
    for (const user of [null, '', 7, {}, ['a'], true]) expect(of(dialect, { user })).toBeUndefined();
  });

  test.each([anthropicMessages, anthropicCountTokens].map((dialect) => [dialect.name, dialect] as const))(
    'of %s',
    (_name, dialect) => {
      expect(of(dialect, { metadata: { user_id: 'alice' } })).toBe('alice');
      for (const metadata of [null, 'alice', [], {}, { user_id: 7 }, { user_id: '' }])
        expect(of(dialect, { metadata })).toBeUndefined();
    },
  );

  test('is bounded, and no two long ones are one', () => {
    const of128 = 'a'.repeat(128);
    expect(of(openaiChat, { user: of128 })).toBe(of128);
    const long = [1, 2].map((last) => of(openaiChat, { user: 'a'.repeat(1_000_000) + last }));
    expect(long[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(long[0]).not.toBe(long[1] ?? '');
    expect(of(openaiChat, { user: 'half \ud800' })).toBe('half �');
  });
});

describe('how much may be written', () => {
  test.each<[Dialect, JsonObject, number | undefined, number]>([
    [openaiChat, {}, undefined, 1],
    [openaiChat, { max_tokens: 5 }, 5, 1],
    [openaiChat, { max_completion_tokens: 7, n: 3 }, 7, 3],
    [openaiChat, { max_tokens: 5, max_completion_tokens: 700 }, 700, 1],
    [openaiChat, { max_tokens: null, n: null }, undefined, 1],
    [openaiChat, { max_tokens: -5, n: -3 }, 0, 1],
    [openaiResponses, { max_output_tokens: 9 }, 9, 1],
    [openaiCompletions, {}, 16, 1],
    [openaiCompletions, { max_tokens: 5, n: 2, best_of: 4 }, 5, 4],
    [openaiCompletions, { prompt: ['a', 'b', 'c'], n: 2 }, 16, 6],
    [openaiCompletions, { prompt: [1, 2, 3] }, 16, 1],
    [anthropicMessages, { max_tokens: 32_000 }, 32_000, 1],
    [gemini, {}, undefined, 1],
    [gemini, { generationConfig: { maxOutputTokens: 8, candidateCount: 2 } }, 8, 2],
    [gemini, { generation_config: { max_output_tokens: 8 } }, 8, 1],
    [bedrockConverse, { inferenceConfig: { maxTokens: 4 } }, 4, 1],
    [bedrockConverse, { inferenceConfig: null }, undefined, 1],
  ])('%p', ({ listen }, json, maxTokens, choices) => {
    expect(listen.readOutputWish?.(json)).toEqual({ maxTokens, choices });
  });

  test('embeddings write nothing, and counting is free', () => {
    expect(openaiEmbeddings.listen.readOutputWish).toBeUndefined();
    expect([anthropicCountTokens, geminiCountTokens].map(({ listen }) => listen.isFree)).toEqual([
      true,
      true,
    ]);
  });
});
