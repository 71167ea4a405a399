/** Thousands of deadlines set, moved and cancelled at random, against a model that is only a list of times. */
import { afterAll, expect, test } from 'bun:test';
import { type Deadline, TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { Generator } from '../core/generator.ts';
import { simulateTime } from './simulated-time.ts';

const time = simulateTime(9_876.5);
afterAll(() => time.restore());
const tickMs = 50;

interface Entry {
  deadline: Deadline;
  /** The earliest and the latest time at which it may fire; absent when it must not. */
  due: { fromMs: number; toMs: number } | undefined;
  fired: number;
}

test.each([1, 2, 3, 4])('seed %d', (seed) => {
  const chance = new Generator(seed);
  const wheel = new TimerWheel();
  const entries: Entry[] = [];
  let stalledMs = 0;
  const someDelay = () =>
    chance.pick([0, 3, 50, 120, 900, 7_000, 51_200, 51_250, 130_000]) + chance.below(60);
  const set = (delayMs: number) => ({
    fromMs: time.nowMs() + delayMs,
    toMs: time.nowMs() + delayMs + 2 * tickMs,
  });

  const add = () => {
    const delayMs = someDelay();
    const entry: Entry = {
      due: set(delayMs),
      fired: 0,
      deadline: wheel.schedule(delayMs, () => {
        expect(entry.due?.fromMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(time.nowMs());
        entry.due = undefined;
        entry.fired++;
      }),
    };
    entries.push(entry);
  };

  const move = (entry: Entry) => {
    const delayMs = someDelay();
    wheel.reschedule(entry.deadline, delayMs);
    entry.due = set(delayMs);
  };

  const postpone = (entry: Entry) => {
    const delayMs = someDelay();
    entry.deadline.postpone(delayMs);
    if (entry.due === undefined) return;
    const { fromMs, toMs } = set(delayMs);
    entry.due = {
      fromMs: Math.max(entry.due.fromMs, fromMs),
      toMs: Math.max(entry.due.toMs, toMs + 2 * tickMs),
    };
  };

  const cancel = (entry: Entry) => {
    entry.deadline.cancel();
    entry.due = undefined;
  };

  const waiting = () => entries.filter((entry) => entry.due !== undefined);
  for (let step = 0; step < 4000; step++) {
    const kind = chance.below(10);
    const entry = entries[chance.below(entries.length)];
    if (kind < 4 || entry === undefined) add();
    else if (kind === 4) move(entry);
    else if (kind === 5) postpone(entry);
    else if (kind === 6) cancel(entry);
    else if (kind === 7) {
      stalledMs = chance.below(3000);
      time.stall(stalledMs);
    } else time.pass(chance.below(400));
    if (step % 20 !== 0) continue;
    expect(wheel.size).toBe(waiting().length);
    for (const late of waiting())
      expect(late.due?.toMs ?? 0).toBeGreaterThan(time.nowMs() - stalledMs - tickMs);
  }
  time.pass(400_000);
  expect(waiting()).toHaveLength(0);
  expect(wheel.size).toBe(0);
  expect(time.isTicking()).toBe(false);
  expect(entries.reduce((sum, entry) => sum + entry.fired, 0)).toBeGreaterThan(500);
});
