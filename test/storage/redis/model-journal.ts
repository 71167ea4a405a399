/** A journal and a database behind counters in Redis, for the reference: what is settled is kept, and moved at some later call. */
import type { LoadSpent } from '../../../src/ledger/counters/load-spent.ts';
import type { Counters } from '../../../src/ledger/counters.ts';
import type { BucketSpend } from '../../../src/ledger/ledger-store.ts';
import type { MovedSpend } from '../../../src/ledger/spend-watch.ts';
import type { RedisCounters } from '../../../src/storage/redis/redis-counters.ts';

/** Calls that are moved together. */
const batch = 3;

export class ModelJournal {
  readonly #load: LoadSpent;
  readonly #totals = new Map<string, Map<number, number>>();
  readonly #open = new Set<string>();
  #waiting: Omit<MovedSpend, 'totalNanoUsd'>[] = [];
  #settled = 0;

  /** `load`: fails when the ledger is to fail. */
  constructor(load: LoadSpent) {
    this.#load = load;
  }

  async moved(budgetId: string, sinceMs: number): Promise<readonly BucketSpend[]> {
    await this.#load(budgetId, sinceMs);
    return [...(this.#totals.get(budgetId) ?? [])]
      .map(([bucketStartMs, spentNanoUsd]) => ({ bucketStartMs, spentNanoUsd }))
      .filter(({ bucketStartMs }) => bucketStartMs >= sinceMs);
  }

  before(counters: RedisCounters): Counters {
    return {
      reserve: async (claim) => {
        const grant = await counters.reserve(claim);
        this.#open.add(grant.id);
        return grant;
      },
      settle: async (grant, outcome) => {
        const { id, charges } = grant;
        const isFirst = this.#open.delete(id);
        await counters.settle(grant, outcome);
        if (!isFirst || outcome.costNanoUsd === 0) return;
        counters.kept({ id, charges, costNanoUsd: outcome.costNanoUsd });
        for (const charge of charges) this.#waiting.push({ ...charge, spentNanoUsd: outcome.costNanoUsd });
        if (++this.#settled % batch === 0) counters.moved(this.#move());
      },
      standing: (budgets, nowMs) => counters.standing(budgets, nowMs),
    };
  }

  #move(): MovedSpend[] {
    return this.#waiting.splice(0).map((spend) => {
      const buckets = this.#totals.get(spend.budgetId) ?? new Map<number, number>();
      this.#totals.set(spend.budgetId, buckets);
      const totalNanoUsd = (buckets.get(spend.bucketStartMs) ?? 0) + spend.spentNanoUsd;
      buckets.set(spend.bucketStartMs, totalNanoUsd);
      return { ...spend, totalNanoUsd };
    });
  }
}
