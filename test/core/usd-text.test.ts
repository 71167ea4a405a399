/** Nano-dollars as text: exact, without an exponent, as short as can be. */
import { expect, test } from 'bun:test';
import { usdText } from '../../src/core/decimal.ts';

test.each([
  [0, '0'],
  [1, '0.000000001'],
  [10, '0.00000001'],
  [125_000, '0.000125'],
  [999_999_999, '0.999999999'],
  [1_000_000_000, '1'],
  [1_500_000_000, '1.5'],
  [100_000_000_001, '100.000000001'],
  [Number.MAX_SAFE_INTEGER, '9007199.254740991'],
])('%p', (nanoUsd, text) => {
  expect(usdText(nanoUsd)).toBe(text);
  expect(JSON.parse(text)).toBe(nanoUsd / 1e9);
});
