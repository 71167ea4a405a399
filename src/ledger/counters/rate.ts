/**
 * A token bucket that holds a minute's worth, in whole numbers: what was taken and has not come back yet. One token is 60,000
 * units, so that a limit of n a minute gives back n units a millisecond, exactly.
 */
import type { RateStanding } from '../counters.ts';

const unitsPerToken = 60_000;
/** More than these counts as these, so that units, debts among them, stay whole numbers a `number` holds. */
const mostAMinute = 10_000_000_000;
const mostAtOnce = 100_000_000_000;

function bounded(limit: number): number {
  return Math.min(limit, mostAMinute);
}

function units(tokens: number): number {
  return Math.min(tokens, mostAtOnce) * unitsPerToken;
}

function capacity(limit: number): number {
  return bounded(limit) * unitsPerToken;
}

/** All times are of a clock that never goes back. The limit is told each time: it may change, what was taken stays. */
export class Rate {
  #takenUnits = 0;
  #atMs = 0;
  /** As last told. */
  #limit = 0;

  /** Gives back what time has given back. */
  refill(limit: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#atMs;
    this.#atMs = nowMs;
    this.#limit = limit;
    if (this.#takenUnits === 0) return;
    // A product past 2^53 is not exact, and more than can be taken.
    const left = this.#takenUnits - bounded(limit) * elapsedMs;
    this.#takenUnits = Math.max(left, 0);
  }

  /** Right after `refill`. */
  fits(tokens: number): boolean {
    return this.#takenUnits + units(tokens) <= capacity(this.#limit);
  }

  take(tokens: number): void {
    this.#takenUnits += units(tokens);
  }

  /** The truth instead of what was reserved; it may then owe. */
  correct(reservedTokens: number, usedTokens: number): void {
    const taken = this.#takenUnits + units(usedTokens) - units(reservedTokens);
    this.#takenUnits = taken > 0 ? Math.min(taken, Number.MAX_SAFE_INTEGER) : 0;
  }

  /** Until so many fit, milliseconds; infinite where they never will. */
  waitMs(tokens: number): number {
    if (tokens > this.#limit) return Number.POSITIVE_INFINITY;
    const missing = this.#takenUnits + units(tokens) - capacity(this.#limit);
    return missing > 0 ? Math.ceil(missing / bounded(this.#limit)) : 0;
  }

  get remaining(): number {
    return Math.max(0, Math.floor((capacity(this.#limit) - this.#takenUnits) / unitsPerToken));
  }

  standing(): RateStanding {
    const limit = this.#limit;
    const resetMs = limit === 0 ? 0 : Math.ceil(this.#takenUnits / bounded(limit));
    return { limit, remaining: this.remaining, resetMs };
  }

  /** Nothing would be lost if it were forgotten. */
  isIdle(nowMs: number): boolean {
    this.refill(this.#limit, nowMs);
    return this.#takenUnits === 0;
  }
}
