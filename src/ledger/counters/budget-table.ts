/** The budgets this process knows: asked of the ledger when first met, let go when long unused. */
import type { Budget } from '../caps.ts';
import { BudgetAccount } from './budget-account.ts';
import { askLedger, type LoadSpent } from './load-spent.ts';

/** Long enough for what was settled to be in the ledger. */
const idleMs = 10 * 60_000;
/** With many budgets they are let go sooner. */
const manyBudgets = 100_000;
const crowdedIdleMs = 30_000;

export class BudgetTable {
  readonly #accounts = new Map<string, BudgetAccount>();
  readonly #load: LoadSpent;
  #walk: MapIterator<BudgetAccount> | undefined;

  constructor(load: LoadSpent) {
    this.#load = load;
  }

  of(id: string): BudgetAccount {
    let account = this.#accounts.get(id);
    if (account === undefined) {
      account = new BudgetAccount(id);
      this.#accounts.set(id, account);
    }
    return account;
  }

  get size(): number {
    return this.#accounts.size;
  }

  get holds(): number {
    let sum = 0;
    for (const { holds } of this.#accounts.values()) sum += holds;
    return sum;
  }

  /** Asks the ledger once however many wait. Rejects with `storage_unavailable`. */
  async ready(budget: Budget, nowMs: number, wallMs: number): Promise<void> {
    const account = this.of(budget.id);
    account.usedAtMs = nowMs;
    if (account.open(budget, wallMs)) return;
    account.loading ??= this.#fill(account).finally(() => {
      account.loading = undefined;
    });
    await account.loading;
  }

  async #fill(account: BudgetAccount): Promise<void> {
    const sinceMs = account.span.fromMs;
    account.beginLoad();
    account.endLoad(sinceMs, await askLedger(this.#load, account.id, sinceMs));
  }

  /** Looks at the next few. What is held, being loaded, or may not be in the ledger yet, stays. */
  sweep(count: number, nowMs: number, wallMs: number): void {
    const isCrowded = this.#accounts.size > manyBudgets;
    const patienceMs = isCrowded ? crowdedIdleMs : idleMs;
    for (let looked = 0; looked < count; looked++) {
      this.#walk ??= this.#accounts.values();
      const { done, value: account } = this.#walk.next();
      if (done === true) {
        this.#walk = undefined;
        return;
      }
      const isBusy = account.holds > 0 || account.loading !== undefined;
      if (isBusy || nowMs - account.usedAtMs < patienceMs) continue;
      // Forgotten, it would warn of the same once more.
      if (isCrowded || !account.hasWarned(wallMs)) this.#accounts.delete(account.id);
    }
  }
}
