/** Usage in every spelling providers use, counted in one convention; a kind that was not reported stays absent. */
import { expect, test } from 'bun:test';
import type { JsonValue } from '../../../src/core/json.ts';
import { readUsage } from '../../../src/dialects/openai/usage.ts';

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
