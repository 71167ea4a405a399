/** Three decimals: the same text as `toFixed(3)`. */
import { expect, test } from 'bun:test';
import { threeDecimals } from '../../src/core/decimal.ts';
import { Generator } from './generator.ts';

test.each([0, 0.0004, 0.0006, 0.001, 0.009, 0.0123, 0.1, 0.999, 0.9996, 1, 12.5, 99.9999, 600_000, 4e9])(
  '%d',
  (value) => {
    expect(threeDecimals(value)).toBe(value.toFixed(3));
  },
);

test('numbers as clocks give them', () => {
  const chance = new Generator(7);
  for (let round = 0; round < 5000; round++) {
    const value = chance.below(2_000_000) / 1009;
    expect(threeDecimals(value)).toBe(value.toFixed(3));
  }
});
