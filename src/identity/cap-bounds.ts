/** Nobody grants wider limits or larger budgets than they have, where their own would not hold for what they grant anyway. */
import type { Budget, Caps, Limits } from '../ledger/caps.ts';
import type { Actor } from './actor.ts';
import { refusal } from './bounds.ts';
import type { BudgetDraft } from './budgets.ts';

const limitNames = ['rpm', 'tpm', 'parallel'] as const satisfies readonly (keyof Limits)[];

/** Of the actor's own levels, those that do not hold for what stands below `above`. */
function ownCaps({ levels }: Actor, above: ReadonlySet<string>): Caps[] {
  return levels.flatMap(({ id, caps }) => (caps === undefined || above.has(id) ? [] : [caps]));
}

/** Throws `permission_denied`. */
export function checkLimits(actor: Actor, granted: Limits | null, above: ReadonlySet<string>): void {
  for (const { limits } of ownCaps(actor, above))
    for (const name of limitNames) {
      const own = limits?.[name] ?? null;
      const asked = granted?.[name] ?? null;
      if (own !== null && (asked === null || asked > own)) throw refusal('limits');
    }
}

/** The most that may be spent with it at any time. */
function mostOf({ limitNanoUsd, raise }: BudgetDraft): number {
  return Math.max(limitNanoUsd, raise?.limitNanoUsd ?? 0);
}

function isCovered(own: Budget, granted: readonly BudgetDraft[]): boolean {
  return granted.some(
    (budget) =>
      budget.window === own.window &&
      budget.rolling === own.rolling &&
      (budget.models === null || Bun.deepEquals(budget.models, own.models)) &&
      mostOf(budget) <= own.limitNanoUsd,
  );
}

/** For each budget of one's own there must be one that is no larger. Throws `permission_denied`. */
export function checkBudgets(
  actor: Actor,
  granted: readonly BudgetDraft[],
  above: ReadonlySet<string>,
): void {
  for (const { budgets } of ownCaps(actor, above))
    for (const own of budgets) if (!isCovered(own, granted)) throw refusal('budgets');
}

/** What is granted where nothing is said: as much as the actor has. */
export function defaultLimits(actor: Actor, above: ReadonlySet<string>): Limits | null {
  const all = ownCaps(actor, above).flatMap(({ limits }) => limits ?? []);
  if (all.length === 0) return null;
  const least = (name: keyof Limits) => {
    const said = all.flatMap((limits) => limits[name] ?? []);
    return said.length === 0 ? null : Math.min(...said);
  };
  return { rpm: least('rpm'), tpm: least('tpm'), parallel: least('parallel') };
}

/** As `defaultLimits`: budgets as large as the actor's own, of which nothing is spent yet. */
export function defaultBudgets(actor: Actor, above: ReadonlySet<string>): readonly BudgetDraft[] {
  const drafts: BudgetDraft[] = [];
  for (const { budgets } of ownCaps(actor, above))
    for (const { id: _, ...own } of budgets) {
      const at = drafts.findIndex(
        ({ window, rolling, models }) =>
          window === own.window && rolling === own.rolling && Bun.deepEquals(models, own.models),
      );
      const former = drafts[at];
      if (former === undefined) drafts.push({ ...own, raise: null });
      else if (own.limitNanoUsd < former.limitNanoUsd) drafts[at] = { ...own, raise: null };
    }
  return drafts;
}

/** What is said over what was there; `null` where nothing is limited. */
export function settleLimits(said: Partial<Limits> | null, before: Limits | null): Limits | null {
  const limits = { ...(said !== null && before), ...said };
  const { rpm = null, tpm = null, parallel = null } = limits;
  return rpm === null && tpm === null && parallel === null ? null : { rpm, tpm, parallel };
}
