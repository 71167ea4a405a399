/** Tells an operator that a budget is nearly spent: a line of the log, a count, and a message to an address of theirs. */
import type { Budget, Caps, Scope } from '../ledger/caps.ts';
import type { BudgetWarning } from '../ledger/counters.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Webhook } from './webhook.ts';

interface Warned {
  readonly scope: Scope;
  readonly budget: Budget;
}

function findBudget(caps: readonly Caps[], id: string): Warned | undefined {
  for (const { scope, budgets } of caps)
    for (const budget of budgets) if (budget.id === id) return { scope, budget };
  return undefined;
}

export class BudgetWarnings {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #webhook: Webhook | undefined;

  constructor(log: Log, metrics: Metrics, webhook: Webhook | undefined) {
    this.#log = log;
    this.#metrics = metrics;
    this.#webhook = webhook;
  }

  /** `caps`: those of the call that caused them. */
  give(warnings: readonly BudgetWarning[], caps: readonly Caps[]): void {
    for (const { budgetId, share, usedNanoUsd, limitNanoUsd } of warnings) {
      const found = findBudget(caps, budgetId);
      if (found === undefined) continue;
      const { scope, budget } = found;
      const told = {
        budget_id: budgetId,
        scope: scope.kind,
        scope_id: scope.id,
        window: budget.window,
        rolling: budget.rolling,
        models: budget.models,
        share,
        used_usd: usedNanoUsd / 1e9,
        limit_usd: limitNanoUsd / 1e9,
      };
      this.#log.event('warn', 'budget.warning', told);
      this.#metrics.budgetWarned(scope.kind);
      this.#webhook?.send({ event: 'budget.warning', time: new Date().toISOString(), ...told });
    }
  }
}
