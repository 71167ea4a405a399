/** Usage added up. */
import { expect, test } from 'bun:test';
import { addUsage } from '../../src/core/usage.ts';

test('kinds are added one by one, and stay absent where neither says them', () => {
  const one = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 3 };
  const other = { inputTokens: 10, outputTokens: 20, reasoningTokens: 5 };
  expect(addUsage(one, other)).toEqual({
    inputTokens: 11,
    outputTokens: 22,
    cachedInputTokens: 3,
    reasoningTokens: 5,
  });
  expect(addUsage(undefined, other)).toEqual(other);
  expect(one).toEqual({ inputTokens: 1, outputTokens: 2, cachedInputTokens: 3 });
});
