/** Usage in the inclusive convention, out of counts that exclude what a cache gave or took. */
import { expect, test } from 'bun:test';
import type { JsonValue } from '../../../src/core/json.ts';
import type { Usage } from '../../../src/core/usage.ts';
import { mergeUsage, readUsage, writeUsage } from '../../../src/dialects/anthropic-messages/usage.ts';

test.each<[JsonValue, Usage | undefined]>([
  [
    { input_tokens: 3, output_tokens: 2 },
    { inputTokens: 3, outputTokens: 2 },
  ],
  [
    { input_tokens: 3, cache_read_input_tokens: 10, cache_creation_input_tokens: 5, output_tokens: 2 },
    { inputTokens: 18, outputTokens: 2, cachedInputTokens: 10, cacheWriteTokens: 5 },
  ],
  [
    {
      input_tokens: 3,
      cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 7 },
      output_tokens: 2,
    },
    { inputTokens: 14, outputTokens: 2, cacheWriteTokens: 11, cacheWrite1hTokens: 7 },
  ],
  [
    { input_tokens: 3, output_tokens: 9, output_tokens_details: { thinking_tokens: 4 } },
    { inputTokens: 3, outputTokens: 9, reasoningTokens: 4 },
  ],
  [
    {
      input_tokens: 3,
      output_tokens: 9,
      iterations: [
        { type: 'message', input_tokens: 3, output_tokens: 9 },
        { type: 'compaction', input_tokens: 100, output_tokens: 20, cache_read_input_tokens: 50 },
        { type: 'advisor_message', input_tokens: 7, output_tokens: 1 },
        { type: 'fallback_message', input_tokens: 3, output_tokens: 9 },
        null,
      ],
    },
    { inputTokens: 160, outputTokens: 30, cachedInputTokens: 50 },
  ],
  [
    { input_tokens: null, output_tokens: 5 },
    { inputTokens: 0, outputTokens: 5 },
  ],
  [{ input_tokens: 'many' }, undefined],
  [null, undefined],
  [[], undefined],
])('%j is %j', (told, usage) => {
  expect(readUsage(told)).toEqual(usage);
});

test('a running total takes nothing back', () => {
  const start = { input_tokens: 30, cache_read_input_tokens: 5, output_tokens: 1, service_tier: 'standard' };
  expect(mergeUsage(start, { input_tokens: 0, cache_read_input_tokens: null, output_tokens: 9 })).toEqual({
    ...start,
    output_tokens: 9,
  });
  expect(mergeUsage(start, undefined)).toEqual(start);
});

test.each<[Usage]>([
  [
    {
      inputTokens: 20,
      outputTokens: 4,
      cachedInputTokens: 5,
      cacheWriteTokens: 6,
      cacheWrite1hTokens: 2,
      reasoningTokens: 1,
    },
  ],
  [{ inputTokens: 20, outputTokens: 4, cachedInputTokens: 0, cacheWriteTokens: 0 }],
])('%j is written and read the same', (usage) => {
  expect(readUsage(writeUsage(usage))).toEqual(usage);
});

test.each([
  [{ inputTokens: 1, outputTokens: 0, cachedInputTokens: 5 }, 1, 0],
  [{ inputTokens: 9, outputTokens: 0, cachedInputTokens: 5, cacheWriteTokens: 9 }, 5, 4],
])('more cached than there was in %j is cut to the whole', (usage, read, write) => {
  expect(writeUsage(usage)).toMatchObject({
    input_tokens: 0,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: write,
  });
});
