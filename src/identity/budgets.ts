/** Which budget is which: one that is said again keeps its id, and with it what was spent. */
import { GatewayError } from '../core/errors.ts';
import { newObjectId } from '../core/ids.ts';
import type { Budget } from '../ledger/caps.ts';

/** A budget as it is said; with an id, one that is there. */
export type BudgetDraft = Omit<Budget, 'id'> & { readonly id?: string };

function isSameKind(a: BudgetDraft, b: BudgetDraft): boolean {
  return a.window === b.window && a.rolling === b.rolling && Bun.deepEquals(a.models, b.models);
}

function wrong(at: number, message: string): GatewayError {
  return new GatewayError('invalid_value', message, { param: `budgets[${at}]` });
}

/**
 * The budgets as they will be. One without an id is that of the same window and models, if there is one. Throws
 * `invalid_value` for two of the same kind, an id that is not there, and one whose window would be another.
 */
export function settleBudgets(drafts: readonly BudgetDraft[], before: readonly Budget[]): Budget[] {
  return drafts.map((draft, at) => {
    if (drafts.slice(0, at).some((other) => isSameKind(other, draft)))
      throw wrong(at, `'budgets[${at}]' has the window and models of another one.`);
    if (draft.id === undefined) {
      const taken = new Set(drafts.map(({ id }) => id));
      const same = before.find((budget) => !taken.has(budget.id) && isSameKind(budget, draft));
      return { ...draft, id: same?.id ?? newObjectId('budget') };
    }
    const former = before.find(({ id }) => id === draft.id);
    if (former === undefined) throw wrong(at, `There is no budget '${draft.id}' here.`);
    if (drafts.slice(0, at).some(({ id }) => id === draft.id))
      throw wrong(at, `The budget '${draft.id}' is named twice.`);
    if (former.window !== draft.window || former.rolling !== draft.rolling)
      throw wrong(at, `The window of '${draft.id}' cannot change: leave the id out for another budget.`);
    return { ...draft, id: draft.id };
  });
}
