/** Usage in every spelling providers use, counted in one convention; a kind that was not reported stays absent. */
import { expect, test } from 'bun:test';
import type { JsonValue } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { readUsage, writeUsage } from '../../../src/dialects/openai/usage.ts';

test.each([
  [
    { prompt_tokens: 3, completion_tokens: 4 },
    { inputTokens: 3, outputTokens: 4 },
  ],
  [
    { prompt_tokens: 3, total_tokens: 3 },
    { inputTokens: 3, outputTokens: 0 },
  ],
  [
    { input_tokens: 3, output_tokens: 4 },
    { inputTokens: 3, outputTokens: 4 },
  ],
  [{ completion_tokens: 4 }, { inputTokens: 0, outputTokens: 4 }],
  [
    {
      prompt_tokens: 28,
      completion_tokens: 9,
      total_tokens: 37,
      completion_tokens_details: { reasoning_tokens: 75 },
    },
    { inputTokens: 28, outputTokens: 84, reasoningTokens: 75 },
  ],
  [
    { prompt_tokens: 0, completion_tokens: 0 },
    { inputTokens: 0, outputTokens: 0 },
  ],
  [
    {
      prompt_tokens: 30,
      completion_tokens: 40,
      prompt_tokens_details: { cached_tokens: 10, audio_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 3, accepted_prediction_tokens: 0 },
    },
    {
      inputTokens: 30,
      outputTokens: 40,
      cachedInputTokens: 10,
      audioInputTokens: 2,
      reasoningTokens: 20,
      audioOutputTokens: 3,
    },
  ],
  [
    { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 0 } },
    { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0 },
  ],
  [
    { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: null, completion_tokens_details: [] },
    { inputTokens: 1, outputTokens: 1 },
  ],
  [
    {
      prompt_tokens: 496,
      completion_tokens: 77,
      total_tokens: 694,
      completion_tokens_details: { reasoning_tokens: 121 },
    },
    { inputTokens: 496, outputTokens: 198, reasoningTokens: 121 },
  ],
  [
    { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 },
    { inputTokens: 35, outputTokens: 74 },
  ],
  [
    { prompt_tokens: 35, completion_tokens: 12, total_tokens: 3 },
    { inputTokens: 35, outputTokens: 12 },
  ],
  [
    {
      prompt_tokens: 9,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3, image_tokens: 2 },
      completion_tokens_details: { image_tokens: 1 },
    },
    {
      inputTokens: 9,
      outputTokens: 1,
      cachedInputTokens: 4,
      cacheWriteTokens: 3,
      imageInputTokens: 2,
      imageOutputTokens: 1,
    },
  ],
  [
    { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5 },
    { inputTokens: 9, outputTokens: 1, cachedInputTokens: 4 },
  ],
  [
    { prompt_tokens: 9, completion_tokens: 1, cached_tokens: 4 },
    { inputTokens: 9, outputTokens: 1, cachedInputTokens: 4 },
  ],
])('%j is %j', (raw, expected) => {
  expect(readUsage(raw as JsonValue)).toEqual(expected);
});

test.each([
  undefined,
  null,
  5,
  'x',
  {},
  { total_tokens: 7 },
  { prompt_tokens: '3', completion_tokens: null },
])('no usage in %j', (raw) => {
  expect(readUsage(raw as JsonValue | undefined)).toBeUndefined();
});

test('every kind is written where it is read', () => {
  const usage = {
    inputTokens: 20,
    outputTokens: 10,
    cachedInputTokens: 4,
    cacheWriteTokens: 3,
    audioInputTokens: 2,
    imageInputTokens: 1,
    reasoningTokens: 5,
    audioOutputTokens: 0,
    imageOutputTokens: 1,
  };
  expect(readUsage(writeUsage(usage, new Losses()))).toEqual(usage);
});

test('a kind nobody reported is not written', () => {
  const losses = new Losses();
  expect(writeUsage({ inputTokens: 2, outputTokens: 3, cacheWrite1hTokens: 1 }, losses)).toEqual({
    prompt_tokens: 2,
    completion_tokens: 3,
    total_tokens: 5,
  });
  expect(losses.list()).toEqual(['usage of one-hour cache writes']);
});
