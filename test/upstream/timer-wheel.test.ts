/** The wheel of deadlines, in simulated time: late by a tick or two at most, early never, and nothing left behind. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { type SimulatedTime, simulateTime } from './simulated-time.ts';

let time: SimulatedTime;
let wheel: TimerWheel;
beforeEach(() => {
  time = simulateTime(123_456.789);
  wheel = new TimerWheel();
});
afterEach(() => time.restore());

/** One tick, and one more for a wheel whose last tick was not just now. */
const latestMs = 100;
const hourMs = 3_600_000;

function firedAfterMs(delayMs: number, patienceMs = latestMs): number | undefined {
  const setAtMs = time.nowMs();
  let afterMs: number | undefined;
  wheel.schedule(delayMs, () => {
    afterMs = time.nowMs() - setAtMs;
  });
  time.pass(delayMs + patienceMs);
  return afterMs;
}

test.each([0, 1, 49, 50, 51, 999, 51_150, 51_200, 51_250, 102_400, 600_000, hourMs, 24 * hourMs])(
  'a deadline of %d ms fires late, never early',
  (delayMs) => {
    const afterMs = firedAfterMs(delayMs) ?? Number.NaN;
    expect(afterMs).toBeGreaterThanOrEqual(delayMs);
    expect(afterMs).toBeLessThanOrEqual(delayMs + latestMs);
    expect(wheel.size).toBe(0);
  },
);

test('what fired does not fire again, and the wheel rests', () => {
  let fired = 0;
  wheel.schedule(100, () => fired++);
  expect(time.isTicking()).toBe(true);
  time.pass(2 * 51_200 + 1000);
  expect(fired).toBe(1);
  expect(time.isTicking()).toBe(false);
});

test('a wheel that rested starts again', () => {
  for (let round = 0; round < 3; round++) {
    expect(firedAfterMs(70)).toBeDefined();
    time.pass(10_000);
    expect(time.isTicking()).toBe(false);
  }
});

describe('a deadline', () => {
  test('that is cancelled never fires, and cancelling again is harmless', () => {
    let fired = 0;
    const deadline = wheel.schedule(100, () => fired++);
    deadline.cancel();
    deadline.cancel();
    expect(wheel.size).toBe(0);
    time.pass(60_000);
    expect(fired).toBe(0);
  });

  test('that is postponed again and again fires after the last time', () => {
    let firedAtMs = 0;
    const deadline = wheel.schedule(1000, () => {
      firedAtMs = time.nowMs();
    });
    for (let chunk = 0; chunk < 500; chunk++) {
      time.pass(217);
      deadline.postpone(1000);
    }
    const lastMs = time.nowMs();
    expect(firedAtMs).toBe(0);
    time.pass(1000 + 3 * 50);
    expect(firedAtMs).toBeGreaterThanOrEqual(lastMs + 1000);
    expect(wheel.size).toBe(0);
  });

  test('may be moved to an earlier time', () => {
    let fired = 0;
    const deadline = wheel.schedule(hourMs, () => fired++);
    time.pass(1000);
    wheel.reschedule(deadline, 100);
    expect(wheel.size).toBe(1);
    time.pass(100 + latestMs);
    expect(fired).toBe(1);
    time.pass(2 * hourMs);
    expect(fired).toBe(1);
  });

  test('may be set again as it fires', () => {
    let fired = 0;
    const deadline = wheel.schedule(100, () => {
      fired++;
      if (fired < 3) wheel.reschedule(deadline, 100);
    });
    time.pass(1000);
    expect(fired).toBe(3);
    expect(wheel.size).toBe(0);
  });

  test('that is postponed or cancelled after it fired stays over', () => {
    let fired = 0;
    const deadline = wheel.schedule(100, () => fired++);
    time.pass(300);
    deadline.postpone(100);
    deadline.cancel();
    time.pass(60_000);
    expect(fired).toBe(1);
    expect(wheel.size).toBe(0);
  });

  test('may cancel another that is due at the same moment', () => {
    let fired = 0;
    const pair = [0, 1].map((at) =>
      wheel.schedule(100, () => {
        fired++;
        pair[1 - at]?.cancel();
      }),
    );
    time.pass(300);
    expect(fired).toBe(1);
    expect(wheel.size).toBe(0);
  });
});

test('after a long stall everything that is due fires, once', () => {
  const fired: number[] = [];
  for (const delayMs of [10, 1000, 60_000, 200_000, 500_000])
    wheel.schedule(delayMs, () => {
      fired.push(delayMs);
    });
  time.stall(250_000);
  expect(fired.sort((a, b) => a - b)).toEqual([10, 1000, 60_000, 200_000]);
  time.pass(250_000 + latestMs);
  expect(fired).toHaveLength(5);
});
