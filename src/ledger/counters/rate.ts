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

function remainingOf(takenUnits: number, limit: number): number {
  return Math.max(0, Math.floor((capacity(limit) - takenUnits) / unitsPerToken));
}

/** How it stands with so much taken. */
export function standingOf(takenUnits: number, limit: number): RateStanding {
  const resetMs = limit === 0 ? 0 : Math.ceil(takenUnits / bounded(limit));
  return { limit, remaining: remainingOf(takenUnits, limit), resetMs };
}

/** Until so many fit, milliseconds; infinite where they never will. */
export function waitOf(takenUnits: number, limit: number, tokens: number): number {
  if (tokens > limit) return Number.POSITIVE_INFINITY;
  const missing = takenUnits + units(tokens) - capacity(limit);
  return missing > 0 ? Math.ceil(missing / bounded(limit)) : 0;
}

/** The one of which less is left. */
export function tighter(known: RateStanding | undefined, other: RateStanding): RateStanding {
  return known === undefined || other.remaining < known.remaining ? other : known;
}

/** All times are of a clock that never goes back. The limit is told each time: it may change, what was taken stays. */
export class Rate {
  #takenUnits = 0;
  #atMs = 0;
  /** As last told. */
  #limit = 0;

  get takenUnits(): number {
    return this.#takenUnits;
  }

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

  get remaining(): number {
    return remainingOf(this.#takenUnits, this.#limit);
  }

  standing(): RateStanding {
    return standingOf(this.#takenUnits, this.#limit);
  }

  /** Nothing would be lost if it were forgotten. */
  isIdle(nowMs: number): boolean {
    this.refill(this.#limit, nowMs);
    return this.#takenUnits === 0;
  }
}

/** As `tighter`, before anything is written down of either. */
export function tighterRate(known: Rate | undefined, other: Rate): Rate {
  return known === undefined || other.remaining < known.remaining ? other : known;
}
