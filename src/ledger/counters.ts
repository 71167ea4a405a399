/**
 * What counts calls against their caps: reserve before a call, settle after it. Whatever keeps the counts (this process, the
 * owner process of several workers, Redis) behaves the same, and is tested by the same suite.
 */
import type { Budget, Caps } from './caps.ts';

/** What a call is about to take, all of it or nothing. */
export interface Claim {
  /** The request's id; a claim sent twice counts once. */
  readonly id: string;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  readonly caps: readonly Caps[];
  /** Estimates: what is reserved until the truth is known. */
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** Where what a call costs is booked: the bucket that was open when it was reserved, however long the call takes. */
export interface Charge {
  readonly budgetId: string;
  readonly bucketStartMs: number;
}

/** How far a rate is used up, for headers. */
export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Until all of it is there again, milliseconds. */
  readonly resetMs: number;
}

export interface Grant {
  readonly id: string;
  readonly charges: readonly Charge[];
  /** Of the rates that apply, those with the least left; absent where none is limited. */
  readonly requests?: RateStanding;
  readonly tokens?: RateStanding;
  /** Budgets whose spending, this reservation included, passed one of their shares `warnAt` just now. */
  readonly warnings: readonly BudgetWarning[];
}

export interface BudgetWarning {
  readonly budgetId: string;
  readonly share: number;
  readonly usedNanoUsd: number;
  readonly limitNanoUsd: number;
}

/** The truth about a call that has ended. */
export interface Outcome {
  readonly nowMs: number;
  readonly tokens: number;
  readonly costNanoUsd: number;
}

export interface BudgetStanding {
  readonly budget: Budget;
  readonly spentNanoUsd: number;
  readonly reservedNanoUsd: number;
  /** Unix time in milliseconds; `null` for a total, and for a rolling window, which has no such moment. */
  readonly resetsAtMs: number | null;
}

/** A promise only where it cannot be helped: a budget met for the first time, or counts kept elsewhere. */
export interface Counters {
  /** Throws, or rejects with, `rate_limit_exceeded`, `budget_exceeded` or `storage_unavailable`; then nothing is held. */
  reserve(claim: Claim): Grant | Promise<Grant>;
  /** Gives back what was held and counts what was used; a grant that is settled twice counts once. */
  settle(grant: Grant, outcome: Outcome): void | Promise<void>;
  standing(budgets: readonly Budget[], nowMs: number): Promise<readonly BudgetStanding[]>;
}
