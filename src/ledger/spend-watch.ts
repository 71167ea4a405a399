/** What becomes of what was spent, on its way from a journal into the database: for counters that tell others of it. */
import type { Charge } from './counters.ts';

export interface KeptSpend {
  /** Of the call; absent where it is of several, or of an earlier life of this gateway. */
  readonly id?: string;
  readonly charges: readonly Charge[];
  readonly costNanoUsd: number;
}

/** What one transaction took out of the journal, of one bucket of one budget. */
export interface MovedSpend {
  readonly budgetId: string;
  readonly bucketStartMs: number;
  readonly spentNanoUsd: number;
  /**
   * What the database had in that bucket right after, which tells apart what was there before and what came later. 0 where it
   * was never put there; undefined where it had been put there before, nobody knows when.
   */
  readonly totalNanoUsd: number | undefined;
}

export interface SpendWatcher {
  /** It is in the journal now. */
  kept(spend: KeptSpend): void;
  /** It is no longer in the journal. */
  moved(spend: readonly MovedSpend[]): void;
}
