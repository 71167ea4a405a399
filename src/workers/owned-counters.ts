/** Counters that another process keeps: reserving takes a round trip, shared by all that is asked in the same turn. */
import type { Budget } from '../ledger/caps.ts';
import type { BudgetStanding, Claim, Counters, Grant, Outcome } from '../ledger/counters.ts';
import type { Wire } from './wire.ts';

export class OwnedCounters implements Counters {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  reserve(claim: Claim): Promise<Grant> {
    // A grant nobody waits for any more holds nothing.
    return this.#wire.ask('reserve', claim, (grant) =>
      this.settle(grant, { nowMs: Date.now(), tokens: 0, costNanoUsd: 0 }),
    );
  }

  /** Nothing waits for it: whatever is reserved afterwards gets there afterwards. */
  settle({ id }: Grant, outcome: Outcome): void {
    this.#wire.tell('settle', { id, outcome });
  }

  standing(budgets: readonly Budget[], nowMs: number): Promise<readonly BudgetStanding[]> {
    return this.#wire.ask('standing', { budgets, nowMs });
  }
}
