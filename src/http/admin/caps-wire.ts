/** Limits and budgets between JSON and what is kept: dollars and nano-dollars, snake case, nothing left out. */
import { nanoUsdOf } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { BudgetDraft } from '../../identity/budgets.ts';
import type { Budget, BudgetWindow, Limits } from '../../ledger/caps.ts';
import type { BudgetStanding } from '../../ledger/counters.ts';
import { readTime } from './validation.ts';

/** By the budget's id; of one that is not in here nobody can tell. */
export type Standings = ReadonlyMap<string, BudgetStanding>;

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** Throws `invalid_value`. */
function readUsd(value: JsonValue | undefined, param: string): number {
  const nanoUsd = nanoUsdOf(Number(value));
  if (nanoUsd !== undefined) return nanoUsd;
  throw new GatewayError('invalid_value', `'${param}' must be US dollars with nine decimals at most.`, {
    param,
  });
}

function textsOf(value: JsonValue | undefined): string[] | null {
  return Array.isArray(value) ? value.map(String) : null;
}

function readBudget(json: JsonObject, param: string): BudgetDraft {
  const { id, raise, warn_at: shares } = json;
  const warnAt = Array.isArray(shares) ? shares.map(Number) : [];
  return {
    ...(typeof id === 'string' && { id }),
    limitNanoUsd: readUsd(json.limit_usd, `${param}.limit_usd`),
    window: json.window as BudgetWindow,
    rolling: json.rolling === true,
    models: textsOf(json.models),
    raise: isObject(raise)
      ? {
          limitNanoUsd: readUsd(raise.limit_usd, `${param}.raise.limit_usd`),
          untilMs: readTime(String(raise.until), `${param}.raise.until`),
        }
      : null,
    warnAt: [...new Set(warnAt)].sort((a, b) => a - b),
  };
}

/** Of a body that was checked. Throws `invalid_value`. */
export function readBudgets(value: JsonValue | undefined): readonly BudgetDraft[] {
  if (!Array.isArray(value)) return [];
  return value.map((json, at) => {
    const param = `budgets[${at}]`;
    const draft = readBudget(isObject(json) ? json : {}, param);
    if (draft.rolling && draft.window === 'total')
      throw new GatewayError('invalid_value', `'${param}' is a total, which has no window to roll.`, {
        param,
      });
    return draft;
  });
}

/** Of a body that was checked: those that are said. */
export function readLimits(value: JsonValue | undefined): Partial<Limits> | null {
  return isObject(value) ? (value as Partial<Limits>) : null;
}

function viewOfBudget(budget: Budget, standings: Standings): object {
  const { id, limitNanoUsd, window, rolling, models, raise, warnAt } = budget;
  const standing = standings.get(id);
  return {
    id,
    limit_usd: limitNanoUsd / 1e9,
    window,
    rolling,
    models,
    raise: raise && { limit_usd: raise.limitNanoUsd / 1e9, until: time(raise.untilMs) },
    warn_at: warnAt,
    spent_usd: standing === undefined ? null : standing.spentNanoUsd / 1e9,
    reserved_usd: standing === undefined ? null : standing.reservedNanoUsd / 1e9,
    resets_at: standing?.resetsAtMs == null ? null : time(standing.resetsAtMs),
  };
}

export function capsView(
  { limits, budgets }: { readonly limits: Limits | null; readonly budgets: readonly Budget[] },
  standings: Standings,
): object {
  return { limits, budgets: budgets.map((budget) => viewOfBudget(budget, standings)) };
}
