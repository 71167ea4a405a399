/** What holds calls down: limits of a rate and budgets of money, at every level a call belongs to. */

/** `null` limits nothing. */
export interface Limits {
  /** Requests a minute. */
  readonly rpm: number | null;
  /** Tokens a minute, input and output together. */
  readonly tpm: number | null;
  /** Calls at once. */
  readonly parallel: number | null;
}

export const budgetWindows = ['hour', 'day', 'week', 'month', 'total'] as const;
export type BudgetWindow = (typeof budgetWindows)[number];

export interface Budget {
  /** `budget_…`; it stays when the limit changes, and what was spent with it. */
  readonly id: string;
  readonly limitNanoUsd: number;
  readonly window: BudgetWindow;
  /** The last hour, day, seven or thirty days, instead of those of the calendar in UTC. */
  readonly rolling: boolean;
  /** Only calls of these models, `*` for any text; `null` for all. */
  readonly models: readonly string[] | null;
  /** Another limit for a while. */
  readonly raise: { readonly limitNanoUsd: number; readonly untilMs: number } | null;
  /** Shares of the limit, ascending, at each of which a warning is given once a window. */
  readonly warnAt: readonly number[];
}

/** `gateway`: all calls together. */
export type ScopeKind = 'key' | 'user' | 'team' | 'organization' | 'customer' | 'model' | 'gateway';

/** Whose caps they are: `{ kind: 'team', id: 'team_…' }`; a customer goes by its name, models by the pattern they match. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly id: string;
}

export interface Caps {
  readonly scope: Scope;
  /** Absent where no rate is limited. */
  readonly limits?: Limits;
  readonly budgets: readonly Budget[];
}
