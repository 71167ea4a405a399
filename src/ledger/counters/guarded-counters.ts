/** Counts that are only to be believed as long as nobody else counts the same: once someone may, nothing is admitted. */
import { GatewayError } from '../../core/errors.ts';
import type { Budget } from '../caps.ts';
import type { BudgetStanding, Claim, Counters, Grant, Outcome } from '../counters.ts';

export class GuardedCounters implements Counters {
  readonly #counters: Counters;
  readonly #mayCount: () => boolean;

  constructor(counters: Counters, mayCount: () => boolean) {
    this.#counters = counters;
    this.#mayCount = mayCount;
  }

  reserve(claim: Claim): Grant | Promise<Grant> {
    if (!this.#mayCount())
      throw new GatewayError(
        'storage_unavailable',
        'Another gateway uses the same database now, and the two do not count each other’s calls.',
      );
    return this.#counters.reserve(claim);
  }

  settle(grant: Grant, outcome: Outcome): void | Promise<void> {
    return this.#counters.settle(grant, outcome);
  }

  standing(budgets: readonly Budget[], nowMs: number): Promise<readonly BudgetStanding[]> {
    return this.#counters.standing(budgets, nowMs);
  }
}
