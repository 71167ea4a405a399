/** Asks the database what was spent of a budget, and tells Redis. */
import { askLedger, type LoadSpent } from '../../ledger/counters/load-spent.ts';
import type { RedisLink } from './redis-link.ts';

export interface BudgetLoadsOptions {
  readonly load: LoadSpent;
  /** Of Redis; throws where there is none. */
  readonly link: () => RedisLink;
  /** Tells Redis what this process has moved into the database. */
  readonly tellSpend: (link: RedisLink) => Promise<void>;
}

export class BudgetLoads {
  readonly #options: BudgetLoadsOptions;
  readonly #loading = new Map<string, Promise<void>>();

  constructor(options: BudgetLoadsOptions) {
    this.#options = options;
  }

  /**
   * Once, however many wait for it here; elsewhere the same may be under way, and does no harm. `deaths`: so many processes have
   * died before the database is asked. Rejects with `storage_unavailable`.
   */
  load(budgetId: string, sinceMs: number, deaths: number): Promise<void> {
    const key = `${sinceMs} ${deaths} ${budgetId}`;
    const loading =
      this.#loading.get(key) ??
      this.#fill(budgetId, sinceMs, deaths).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #fill(budgetId: string, sinceMs: number, deaths: number): Promise<void> {
    const rows = await askLedger(this.#options.load, budgetId, sinceMs);
    const told = rows.map(({ bucketStartMs, spentNanoUsd }) => [bucketStartMs, spentNanoUsd]);
    const args = [budgetId, String(sinceMs), String(deaths), JSON.stringify(told)];
    const link = this.#options.link();
    // What is in the answer, and told as this process's own as well, would count twice until that is told.
    await this.#options.tellSpend(link);
    await link.run('load', args);
  }
}
