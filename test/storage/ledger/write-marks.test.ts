/** What was written after a moment is behind the number that is told, whatever the clock does. */
import { describe, expect, test } from 'bun:test';
import { WriteMarks } from '../../../src/storage/sqlite/ledger/write-marks.ts';
import { Random } from '../../ledger/counters/random.ts';

test('where nothing is known, all of it is behind', () => {
  expect(new WriteMarks().before(1_000_000)).toBe(0);
});

test('what was written before the mark is before, what came with it or after it is not', () => {
  const marks = new WriteMarks();
  marks.set(10_000, 5);
  marks.set(12_000, 9);
  expect(marks.before(9_000)).toBe(0);
  expect(marks.before(10_000)).toBe(0);
  expect(marks.before(10_001)).toBe(5);
  expect(marks.before(12_001)).toBe(9);
});

test('a mark a second, however many groups', () => {
  const marks = new WriteMarks();
  for (let ms = 0; ms < 3000; ms++) marks.set(ms, ms);
  expect([999, 1000, 1001, 2500].map((ms) => marks.before(ms))).toEqual([0, 0, 1000, 2000]);
});

test('after an hour the oldest are forgotten, and nothing is left out', () => {
  const marks = new WriteMarks();
  for (let second = 0; second < 4000; second++) marks.set(second * 1000, second);
  expect(marks.before(400 * 1000)).toBe(0);
  expect(marks.before(3999 * 1000 + 1)).toBe(3999);
});

describe('against a plain list', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('whatever the clock does, nothing is passed over; seed %p', (seed) => {
    const random = new Random(seed);
    const marks = new WriteMarks();
    const written: { readonly number: number; readonly atMs: number }[] = [];
    let nowMs = 1_000_000;
    for (let number = 1; number <= 300; number++) {
      nowMs += random.between(0, 899);
      if (random.chance(0.02)) nowMs -= random.between(0, 60_000);
      if (random.chance(0.02)) nowMs += random.between(0, 60_000);
      marks.set(nowMs, number - 1);
      written.push({ number, atMs: nowMs });
      // A call that ended then, and was written then or later.
      const asked = random.pick(written);
      expect(marks.before(asked.atMs)).toBeLessThan(asked.number);
    }
  });
});
