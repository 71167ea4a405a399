import { expect, test } from 'bun:test';
import { ExactTotal } from '../../src/telemetry/exact-total.ts';

test('is exact past what a number holds, whatever the order of its parts', () => {
  const parts = [1, Number.MAX_SAFE_INTEGER, 2, 0, Number.MAX_SAFE_INTEGER - 1, 3];
  const exact = parts.reduce((sum, part) => sum + BigInt(part), 0n);
  for (const order of [parts, parts.toReversed()]) {
    const total = new ExactTotal();
    for (const part of order) total.add(part);
    expect(total.value).toBe(exact);
    total.addExactly(exact);
    total.add(5);
    expect(total.value).toBe(exact * 2n + 5n);
  }
  expect(new ExactTotal().value).toBe(0n);
});
