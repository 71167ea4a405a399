/** The money of one budget, in its buckets: what the ledger has, what was settled since, and what is reserved. */
import type { Budget } from '../caps.ts';
import type { Charge } from '../counters.ts';
import type { BucketSpend } from '../ledger-store.ts';
import { type Span, spanAt } from '../window.ts';
import { QuietShares } from './quiet-shares.ts';

interface Bucket {
  readonly startMs: number;
  spentNanoUsd: number;
  reservedNanoUsd: number;
  /** Open reservations; one of nothing is one too. */
  holds: number;
  /** What the ledger has of it is in `spentNanoUsd`. */
  isLoaded: boolean;
}

export class BudgetAccount {
  readonly id: string;
  readonly #buckets = new Map<number, Bucket>();
  /** Buckets from here on are loaded. */
  #sinceMs = Number.POSITIVE_INFINITY;
  #span: Span | undefined;
  #spanOf: Budget | undefined;
  #spentNanoUsd = 0;
  #reservedNanoUsd = 0;
  #holds = 0;
  #quiet: QuietShares | undefined;
  #charge: Charge | undefined;
  /** When it was last asked for, on the clock that never goes back. */
  usedAtMs = 0;
  loading: Promise<void> | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** Moves to the window of that moment; false where the ledger has to be asked first, from `fromMs` on. */
  open(budget: Budget, wallMs: number): boolean {
    let span = this.#span;
    const isSame =
      span !== undefined &&
      wallMs >= span.bucketMs &&
      wallMs < span.untilMs &&
      (budget === this.#spanOf ||
        (budget.window === this.#spanOf?.window && budget.rolling === this.#spanOf.rolling));
    if (span === undefined || !isSame) {
      span = spanAt(budget.window, budget.rolling, wallMs);
      this.#spanOf = budget;
      this.#span = span;
      this.#recount(span.fromMs);
    }
    return this.#sinceMs <= span.fromMs;
  }

  /** What holds since `open`; before it, the beginning of time. */
  get span(): Span {
    return this.#span ?? spanAt('total', false, 0);
  }

  get spentNanoUsd(): number {
    return this.#spentNanoUsd;
  }

  get reservedNanoUsd(): number {
    return this.#reservedNanoUsd;
  }

  get holds(): number {
    return this.#holds;
  }

  get usedNanoUsd(): number {
    return this.#spentNanoUsd + this.#reservedNanoUsd;
  }

  /** Where what is held now is booked: one object for all calls of a bucket. */
  get charge(): Charge {
    const { bucketMs } = this.span;
    if (this.#charge?.bucketStartMs !== bucketMs)
      this.#charge = { budgetId: this.id, bucketStartMs: bucketMs };
    return this.#charge;
  }

  hold(costNanoUsd: number): void {
    const bucket = this.#bucket(this.span.bucketMs);
    bucket.reservedNanoUsd += costNanoUsd;
    bucket.holds++;
    this.#holds++;
    this.#reservedNanoUsd += costNanoUsd;
  }

  /** Books in the bucket it was held in, whichever is open by now. */
  settle(bucketMs: number, reservedNanoUsd: number, costNanoUsd: number): void {
    const bucket = this.#bucket(bucketMs);
    bucket.reservedNanoUsd -= reservedNanoUsd;
    bucket.spentNanoUsd += costNanoUsd;
    bucket.holds--;
    this.#holds--;
    if (bucketMs >= this.span.fromMs) {
      this.#reservedNanoUsd -= reservedNanoUsd;
      this.#spentNanoUsd += costNanoUsd;
    } else if (bucket.holds === 0) this.#buckets.delete(bucketMs);
  }

  /** To be called as the ledger is asked: what was settled before is in its answer, what is settled from now on is not. */
  beginLoad(): void {
    for (const bucket of this.#buckets.values()) if (!bucket.isLoaded) bucket.spentNanoUsd = 0;
    this.#recount(this.span.fromMs);
  }

  /** The ledger's answer, from `sinceMs` on. */
  endLoad(sinceMs: number, rows: readonly BucketSpend[]): void {
    for (const { bucketStartMs, spentNanoUsd } of rows) {
      const bucket = this.#bucket(bucketStartMs);
      // What was loaded before has gone on since, and may be ahead of the answer.
      if (!bucket.isLoaded) bucket.spentNanoUsd += spentNanoUsd;
      bucket.isLoaded = true;
    }
    this.#sinceMs = Math.min(this.#sinceMs, sinceMs);
    for (const bucket of this.#buckets.values()) if (bucket.startMs >= sinceMs) bucket.isLoaded = true;
    this.#recount(this.span.fromMs);
  }

  /** The shares just passed that were not warned of in this window, ascending. */
  newWarnings(budget: Budget, limitNanoUsd: number, wallMs: number): readonly number[] {
    this.#quiet ??= new QuietShares();
    return this.#quiet.passed(budget, this.usedNanoUsd, limitNanoUsd, wallMs);
  }

  hasWarned(wallMs: number): boolean {
    return this.#quiet?.isLive(wallMs) === true;
  }

  #bucket(startMs: number): Bucket {
    let bucket = this.#buckets.get(startMs);
    if (bucket === undefined) {
      const isLoaded = startMs >= this.#sinceMs;
      bucket = { startMs, spentNanoUsd: 0, reservedNanoUsd: 0, holds: 0, isLoaded };
      this.#buckets.set(startMs, bucket);
    }
    return bucket;
  }

  /** Sums what counts, and lets go of what no longer does and nothing hangs on. */
  #recount(fromMs: number): void {
    this.#spentNanoUsd = 0;
    this.#reservedNanoUsd = 0;
    for (const bucket of this.#buckets.values()) {
      if (bucket.startMs >= fromMs) {
        this.#spentNanoUsd += bucket.spentNanoUsd;
        this.#reservedNanoUsd += bucket.reservedNanoUsd;
      } else if (bucket.holds === 0) this.#buckets.delete(bucket.startMs);
    }
    if (this.#sinceMs < fromMs) this.#sinceMs = fromMs;
  }
}
