/** A quick disk is waited for; a slow one is not, and one that hiccups is again soon. */
import { expect, test } from 'bun:test';
import { SyncPace } from '../../../src/storage/sqlite/ledger/sync-pace.ts';

/** How many of `syncs` were waited for, each taking what `tookMs` says. */
function waitedFor(pace: SyncPace, syncs: number, tookMs: (nth: number) => number): number {
  let count = 0;
  for (let nth = 0; nth < syncs; nth++) {
    if (pace.isQuick) {
      count++;
      pace.waited(tookMs(nth));
    } else pace.handedOver(tookMs(nth) + 0.1);
  }
  return count;
}

test('the first is handed over: nobody knows the disk yet', () => {
  expect(new SyncPace().isQuick).toBe(false);
});

test('a quick disk is waited for from then on', () => {
  expect(waitedFor(new SyncPace(), 100, () => 0.2)).toBe(99);
});

test('one that is slow now and then, nearly always', () => {
  expect(waitedFor(new SyncPace(), 1000, (nth) => (nth % 50 === 49 ? 1 : 0.2))).toBeGreaterThan(950);
});

test('one that is slow every time, hardly ever', () => {
  expect(waitedFor(new SyncPace(), 1000, () => 1)).toBeLessThan(40);
  expect(waitedFor(new SyncPace(), 1000, () => 15)).toBe(0);
});

test('one that was slow for a while is waited for again', () => {
  const pace = new SyncPace();
  waitedFor(pace, 1000, () => 1);
  expect(waitedFor(pace, 200, () => 0.2)).toBeGreaterThan(150);
});
