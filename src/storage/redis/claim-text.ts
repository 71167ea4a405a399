/** A claim as the scripts read it: its limits as they are at a moment, and from when until when they are so. */
import type { Budget } from '../../ledger/caps.ts';
import { limitOf } from '../../ledger/counters/verdict.ts';
import type { Charge, Claim } from '../../ledger/counters.ts';
import { spanAt } from '../../ledger/window.ts';

/** Later than any moment, and still a whole number in Lua. */
const neverMs = Number.MAX_SAFE_INTEGER;

/** `[id, first bucket that counts, open bucket, valid from, valid until, limit]` */
export function budgetFields(budget: Budget, wallMs: number): readonly (string | number)[] {
  const { fromMs, bucketMs, untilMs } = spanAt(budget.window, budget.rolling, wallMs);
  const raiseEndMs = budget.raise?.untilMs;
  const isRaised = raiseEndMs !== undefined && wallMs < raiseEndMs;
  const validFromMs = isRaised || raiseEndMs === undefined ? bucketMs : Math.max(bucketMs, raiseEndMs);
  const validUntilMs = Math.min(untilMs, isRaised ? raiseEndMs : neverMs, neverMs);
  return [budget.id, fromMs, bucketMs, validFromMs, validUntilMs, limitOf(budget, wallMs)];
}

export function claimText({ id, tokens, costNanoUsd, caps }: Claim, wallMs: number): string {
  const scopes: unknown[] = [];
  const budgets: unknown[] = [];
  for (const { scope, limits, budgets: own } of caps) {
    if (limits !== undefined)
      scopes.push([`${scope.kind}:${scope.id}`, limits.rpm ?? -1, limits.tpm ?? -1, limits.parallel ?? -1]);
    for (const budget of own) budgets.push(budgetFields(budget, wallMs));
  }
  return JSON.stringify([id, tokens, costNanoUsd, scopes, budgets]);
}

export function chargesAt(claim: Claim, wallMs: number): readonly Charge[] {
  return claim.caps.flatMap(({ budgets }) =>
    budgets.map((budget) => ({
      budgetId: budget.id,
      bucketStartMs: spanAt(budget.window, budget.rolling, wallMs).bucketMs,
    })),
  );
}
