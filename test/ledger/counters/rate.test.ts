/** The arithmetic of one token bucket: exact at every size, fair over time, and owing what was used beyond what was reserved. */
import { describe, expect, test } from 'bun:test';
import { Rate, waitOf } from '../../../src/ledger/counters/rate.ts';

const minute = 60_000;

function wait(rate: Rate, limit: number, tokens: number): number {
  return waitOf(rate.takenUnits, limit, tokens);
}

function rateAt(limit: number, nowMs = 0): Rate {
  const rate = new Rate();
  rate.refill(limit, nowMs);
  return rate;
}

describe.each([1, 3, 7, 60, 90_001, 999_999_937, 10_000_000_000])('a limit of %d', (limit) => {
  test('holds a minute’s worth, and not one more', () => {
    const rate = rateAt(limit);
    expect(rate.fits(limit)).toBe(true);
    expect(rate.fits(limit + 1)).toBe(false);
    rate.take(limit);
    expect(rate.fits(1)).toBe(false);
    expect(rate.standing()).toEqual({ limit, remaining: 0, resetMs: minute });
  });

  test('gives one back after exactly a minute’s share, never before', () => {
    const rate = rateAt(limit);
    rate.take(limit);
    const waitMs = wait(rate, limit, 1);
    expect(waitMs).toBe(Math.ceil(minute / limit));
    rate.refill(limit, waitMs - 1);
    expect(rate.fits(1)).toBe(false);
    rate.refill(limit, waitMs);
    expect(rate.fits(1)).toBe(true);
  });

  test('is the same whether looked at once or every millisecond', () => {
    const [often, once] = [rateAt(limit), rateAt(limit)];
    often.take(limit);
    once.take(limit);
    for (let nowMs = 1; nowMs <= 20_011; nowMs++) often.refill(limit, nowMs);
    once.refill(limit, 20_011);
    expect(often.standing()).toEqual(once.standing());
    expect(wait(often, limit, limit)).toBe(minute - 20_011);
  });

  test('forgets nothing of a debt, and is whole again to the millisecond', () => {
    const rate = rateAt(limit);
    rate.take(1);
    rate.correct(1, limit * 3);
    expect(rate.standing()).toEqual({ limit, remaining: 0, resetMs: 3 * minute });
    expect(rate.fits(0)).toBe(false);
    rate.refill(limit, 3 * minute - 1);
    expect(rate.isIdle(3 * minute - 1)).toBe(false);
    expect(rate.isIdle(3 * minute)).toBe(true);
  });

  test('gives back what was reserved too much, and no more than there is room for', () => {
    const rate = rateAt(limit);
    rate.take(limit);
    rate.correct(limit, 0);
    expect(rate.standing()).toEqual({ limit, remaining: limit, resetMs: 0 });
    rate.take(limit);
    rate.refill(limit, minute / 2);
    rate.correct(limit, 0);
    expect(rate.standing()).toEqual({ limit, remaining: limit, resetMs: 0 });
  });
});

test('a limit of 0 lets nothing pass, ever', () => {
  const rate = rateAt(0);
  expect(rate.fits(1)).toBe(false);
  expect(wait(rate, 0, 1)).toBe(Number.POSITIVE_INFINITY);
  rate.refill(0, Number.MAX_SAFE_INTEGER);
  expect(rate.fits(1)).toBe(false);
  expect(rate.standing()).toEqual({ limit: 0, remaining: 0, resetMs: 0 });
});

test('more than it can hold never fits, however long one waits', () => {
  expect(waitOf(0, 1000, 1001)).toBe(Number.POSITIVE_INFINITY);
  expect(waitOf(0, 1000, 1000)).toBe(0);
});

test('numbers at the end of what is exact do no harm', () => {
  const rate = rateAt(Number.MAX_SAFE_INTEGER);
  rate.take(Number.MAX_SAFE_INTEGER);
  rate.correct(0, Number.MAX_SAFE_INTEGER);
  rate.correct(0, Number.MAX_SAFE_INTEGER);
  expect(rate.standing().remaining).toBe(0);
  rate.refill(1, Number.MAX_SAFE_INTEGER);
  expect(rate.isIdle(Number.MAX_SAFE_INTEGER)).toBe(true);
});

test('another limit keeps what was taken', () => {
  const rate = rateAt(60);
  rate.take(30);
  rate.refill(600, 0);
  expect(rate.standing()).toEqual({ limit: 600, remaining: 570, resetMs: 3000 });
  rate.refill(10, 0);
  expect(rate.standing()).toEqual({ limit: 10, remaining: 0, resetMs: 180_000 });
  expect(wait(rate, 10, 1)).toBe(126_000);
});
