/** Service tiers in each API's words, and what is named where an API has none. */
import { expect, test } from 'bun:test';
import { Losses } from '../../src/core/losses.ts';
import { nameUnserved, readTier, writeTier } from '../../src/core/serving.ts';

const words = { default: 'standard', flex: 'flex' };

test.each([
  ['standard', 'default'],
  ['flex', 'flex'],
  ['default', undefined],
  ['priority', undefined],
  [5, undefined],
  [undefined, undefined],
])('the word %p means %p', (word, tier) => {
  expect(readTier(words, word)).toBe(tier as never);
});

test.each([
  ['default', 'standard', []],
  ['priority', undefined, ['service_tier']],
  // Told nothing, every API does this.
  ['auto', undefined, []],
  [undefined, undefined, []],
] as const)('the tier %p is said as %p', (tier, word, lost) => {
  const losses = new Losses();
  expect(writeTier(words, tier, losses)).toBe(word);
  expect(losses.list()).toEqual([...lost]);
});

test('what only OpenAI can be told is named, and silence is not', () => {
  const call = { model: 'm', stream: false, messages: [], sampling: {} };
  const carry = { dialect: 'openai-chat', fields: {} } as const;
  const told = new Losses();
  nameUnserved(
    { ...call, carry, verbosity: 'low', promptCache: { key: 'k', retention: '24h' }, store: true },
    told,
  );
  expect(told.list()).toEqual(['verbosity', 'prompt_cache_key', 'prompt_cache_retention', 'store']);
  const silent = new Losses();
  nameUnserved({ ...call, carry, promptCache: {}, store: false }, silent);
  expect(silent.isEmpty).toBe(true);
});
