/** Where windows begin and end: edges of the calendar in UTC, leap years, ISO weeks, and the buckets of rolling windows. */
import { describe, expect, test } from 'bun:test';
import { type BudgetWindow, budgetWindows } from '../../src/ledger/caps.ts';
import { quietUntilMs, spanAt } from '../../src/ledger/window.ts';
import { Random } from './counters/random.ts';
import { windowOf } from './counters/reference.ts';

const ms = (iso: string) => Date.parse(iso);

const calendar: readonly (readonly [BudgetWindow, string, string, string])[] = [
  ['hour', '2026-11-22T21:59:59.999Z', '2026-11-22T21:00Z', '2026-11-22T22:00Z'],
  ['hour', '2026-11-22T22:00:00.000Z', '2026-11-22T22:00Z', '2026-11-22T23:00Z'],
  // Where Europe turns its clocks back and forth: an hour is an hour, a day has 24.
  ['hour', '2026-10-25T01:30:00.000Z', '2026-10-25T01:00Z', '2026-10-25T02:00Z'],
  ['day', '2026-10-25T12:00:00.000Z', '2026-10-25T00:00Z', '2026-10-26T00:00Z'],
  ['day', '2026-03-29T23:59:59.999Z', '2026-03-29T00:00Z', '2026-03-30T00:00Z'],
  ['day', '2028-02-29T00:00:00.000Z', '2028-02-29T00:00Z', '2028-03-01T00:00Z'],
  ['day', '2027-02-28T23:59:59.999Z', '2027-02-28T00:00Z', '2027-03-01T00:00Z'],
  // A leap second is no millisecond of Unix time.
  ['day', '2016-12-31T23:59:59.999Z', '2016-12-31T00:00Z', '2017-01-01T00:00Z'],
  // ISO weeks begin on Monday, and do not mind years.
  ['week', '2026-11-22T23:59:59.999Z', '2026-11-16T00:00Z', '2026-11-23T00:00Z'],
  ['week', '2026-11-23T00:00:00.000Z', '2026-11-23T00:00Z', '2026-11-30T00:00Z'],
  ['week', '2027-01-01T00:00:00.000Z', '2026-12-28T00:00Z', '2027-01-04T00:00Z'],
  ['week', '2028-02-29T12:00:00.000Z', '2028-02-28T00:00Z', '2028-03-06T00:00Z'],
  ['week', '1970-01-05T00:00:00.000Z', '1970-01-05T00:00Z', '1970-01-12T00:00Z'],
  ['month', '2028-02-29T23:59:59.999Z', '2028-02-01T00:00Z', '2028-03-01T00:00Z'],
  ['month', '2027-02-28T23:59:59.999Z', '2027-02-01T00:00Z', '2027-03-01T00:00Z'],
  ['month', '2100-02-28T23:59:59.999Z', '2100-02-01T00:00Z', '2100-03-01T00:00Z'],
  ['month', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00Z', '2027-01-01T00:00Z'],
  ['month', '2027-01-01T00:00:00.000Z', '2027-01-01T00:00Z', '2027-02-01T00:00Z'],
  ['month', '2026-04-30T23:59:59.999Z', '2026-04-01T00:00Z', '2026-05-01T00:00Z'],
];

test.each(calendar)('the %s of %s', (window, at, start, end) => {
  expect(spanAt(window, false, ms(at))).toEqual({
    fromMs: ms(start),
    bucketMs: ms(start),
    untilMs: ms(end),
    resetsAtMs: ms(end),
  });
  expect(quietUntilMs(window, false, ms(at))).toBe(ms(end));
});

const rolling: readonly (readonly [BudgetWindow, string, string, string, string])[] = [
  ['hour', '2026-11-22T22:00:59.999Z', '2026-11-22T21:00Z', '2026-11-22T22:00Z', '2026-11-22T22:01Z'],
  ['hour', '2026-11-22T22:01:00.000Z', '2026-11-22T21:01Z', '2026-11-22T22:01Z', '2026-11-22T22:02Z'],
  ['day', '2026-11-22T22:29:59.999Z', '2026-11-21T22:00Z', '2026-11-22T22:00Z', '2026-11-22T22:30Z'],
  ['week', '2026-11-22T05:59:59.999Z', '2026-11-15T00:00Z', '2026-11-22T00:00Z', '2026-11-22T06:00Z'],
  ['month', '2028-03-01T12:00:00.000Z', '2028-01-31T00:00Z', '2028-03-01T00:00Z', '2028-03-02T00:00Z'],
];

test.each(rolling)('the last %s at %s', (window, at, from, bucket, until) => {
  expect(spanAt(window, true, ms(at))).toEqual({
    fromMs: ms(from),
    bucketMs: ms(bucket),
    untilMs: ms(until),
    resetsAtMs: null,
  });
});

test('a total has no edges', () => {
  for (const isRolling of [true, false]) {
    expect(spanAt('total', isRolling, ms('2026-11-22T22:00Z'))).toEqual({
      fromMs: 0,
      bucketMs: 0,
      untilMs: Number.POSITIVE_INFINITY,
      resetsAtMs: null,
    });
    expect(quietUntilMs('total', isRolling, 0)).toBe(Number.POSITIVE_INFINITY);
  }
});

describe.each(budgetWindows)('any %s', (window) => {
  test.each([true, false])(
    'rolling %p: as the calendar says, within itself, and the next begins where it ends',
    (isRolling) => {
      const random = new Random(7);
      for (let times = 0; times < 2000; times++) {
        const at = random.between(ms('1970-01-06T00:00Z'), ms('2399-12-31T00:00Z'));
        const span = spanAt(window, isRolling, at);
        const [from, bucket, end] = windowOf({ window, rolling: isRolling }, at);
        expect([span.fromMs, span.bucketMs, quietUntilMs(window, isRolling, at)]).toEqual([
          from,
          bucket,
          end,
        ] as number[]);
        expect(span.bucketMs).toBeLessThanOrEqual(at);
        expect(span.untilMs).toBeGreaterThan(at);
        if (window === 'total') continue;
        expect(spanAt(window, isRolling, span.untilMs - 1)).toEqual(span);
        expect(spanAt(window, isRolling, span.untilMs).bucketMs).toBe(span.untilMs);
      }
    },
  );
});
