/** Time that passes only when a test says so: the clock and the interval of a timer wheel. */
import { spyOn } from 'bun:test';

export interface SimulatedTime {
  nowMs(): number;
  /** Whether an interval is running. */
  isTicking(): boolean;
  /** Lets time pass, with a tick at each interval's end. */
  pass(ms: number): void;
  /** Lets time pass without a tick, as when the event loop is held up; then one tick. */
  stall(ms: number): void;
  restore(): void;
}

export function simulateTime(startMs: number): SimulatedTime {
  let nowMs = startMs;
  let tick: (() => void) | undefined;
  let everyMs = 0;
  let nextAtMs = Number.POSITIVE_INFINITY;
  const clock = spyOn(performance, 'now').mockImplementation(() => nowMs);
  const start = (callback: () => void, ms: number) => {
    tick = callback;
    everyMs = ms;
    nextAtMs = nowMs + ms;
    return { unref() {} };
  };
  const set = spyOn(globalThis, 'setInterval').mockImplementation(start as unknown as typeof setInterval);
  const clear = spyOn(globalThis, 'clearInterval').mockImplementation(() => {
    tick = undefined;
    nextAtMs = Number.POSITIVE_INFINITY;
  });
  return {
    nowMs: () => nowMs,
    isTicking: () => tick !== undefined,
    pass(ms) {
      const endMs = nowMs + ms;
      while (nextAtMs <= endMs) {
        nowMs = nextAtMs;
        nextAtMs = nowMs + everyMs;
        tick?.();
      }
      nowMs = endMs;
    },
    stall(ms) {
      nowMs += ms;
      nextAtMs = tick === undefined ? nextAtMs : nowMs + everyMs;
      tick?.();
    },
    restore() {
      clock.mockRestore();
      set.mockRestore();
      clear.mockRestore();
    },
  };
}
