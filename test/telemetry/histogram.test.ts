/** Buckets: each value in exactly one, bounds included below. */
import { expect, test } from 'bun:test';
import { Histogram } from '../../src/telemetry/histogram.ts';

test.each([
  [0, 0],
  [-1, 0],
  [1, 0],
  [1.0001, 1],
  [5, 1],
  [10, 2],
  [10.1, 3],
  [1e9, 3],
  [Number.POSITIVE_INFINITY, 3],
])('%d falls into bucket %d', (value, bucket) => {
  const histogram = new Histogram([1, 5, 10]);
  histogram.observe(value);
  expect([...histogram.counts]).toEqual([0, 1, 2, 3].map((at) => (at === bucket ? 1 : 0)));
});

test('sum and count are those of what was observed', () => {
  const histogram = new Histogram([1]);
  for (const value of [0.5, 2, 3]) histogram.observe(value);
  expect([histogram.sum, histogram.count, ...histogram.counts]).toEqual([5.5, 3, 1, 2]);
});
