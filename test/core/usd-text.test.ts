/** Nano-dollars as text: exact, without an exponent, as short as can be. */
import { describe, expect, test } from 'bun:test';
import { nanoUsdOf, usdText } from '../../src/core/decimal.ts';
import { Generator } from './generator.ts';

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

describe('dollars as JSON has them', () => {
  test.each([
    [0, 0],
    [0.1, 100_000_000],
    [0.3, 300_000_000],
    [5, 5_000_000_000],
    [1e-9, 1],
    [2.5e-7, 250],
    [0.000000001, 1],
    [1.005, 1_005_000_000],
    [1234.567891234, 1_234_567_891_234],
    [4_000_000, 4_000_000_000_000_000],
    [3_999_999.999999999, 3_999_999_999_999_999],
    [0.1 + 0.2, undefined],
    [1e-10, undefined],
    [0.0000000015, undefined],
    [-1, undefined],
    [-1e-9, undefined],
    [4_000_000.01, undefined],
    [1e21, undefined],
    [Number.MAX_VALUE, undefined],
    [Number.MIN_VALUE, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])('%p is %p', (usd, nanoUsd) => {
    expect(nanoUsdOf(usd)).toBe(nanoUsd as number);
  });

  test('any amount that is kept comes back as it was written', () => {
    const chance = new Generator(4);
    for (let round = 0; round < 20_000; round++) {
      const nanoUsd = chance.below(4_000_000) * 1e9 + chance.below(1_000_000_000);
      expect(nanoUsdOf(JSON.parse(usdText(nanoUsd)))).toBe(nanoUsd);
      expect(nanoUsdOf(JSON.parse(JSON.stringify(nanoUsd / 1e9)))).toBe(nanoUsd);
    }
  });
});
