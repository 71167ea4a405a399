/** Whether what is taken leaves room, and of several reasons why not, the one to tell. */
import { GatewayError } from '../../core/errors.ts';
import type { Budget, Limits, Scope } from '../caps.ts';
import type { Claim } from '../counters.ts';
import { spanAt } from '../window.ts';
import { standingOf, waitOf } from './rate.ts';
import { budgetRefusal, parallelRefusal, rateRefusal } from './refusal.ts';

/** What one scope has taken of its limits, in the units of its rates. */
export interface TakenOfRates {
  readonly requestUnits: number;
  readonly tokenUnits: number;
  readonly open: number;
}

export function limitOf({ raise, limitNanoUsd }: Budget, wallMs: number): number {
  return raise !== null && wallMs < raise.untilMs ? raise.limitNanoUsd : limitNanoUsd;
}

/** A budget of which nothing is left refuses what is said to cost nothing, too: it is only an estimate. */
export function isOver(usedNanoUsd: number, costNanoUsd: number, limitNanoUsd: number): boolean {
  return usedNanoUsd >= limitNanoUsd || usedNanoUsd + costNanoUsd > limitNanoUsd;
}

interface Reason {
  readonly waitMs: number;
  readonly error: () => GatewayError;
}

function* rateReasons(claim: Claim, scope: Scope, limits: Limits, taken: TakenOfRates): Iterable<Reason> {
  const { rpm, tpm, parallel } = limits;
  if (rpm !== null) {
    const waitMs = waitOf(taken.requestUnits, rpm, 1);
    const rate = () => standingOf(taken.requestUnits, rpm);
    if (waitMs > 0) yield { waitMs, error: () => rateRefusal('rpm', rpm, scope, 1, waitMs, rate()) };
  }
  if (tpm !== null) {
    const waitMs = waitOf(taken.tokenUnits, tpm, claim.tokens);
    const rate = () => standingOf(taken.tokenUnits, tpm);
    if (waitMs > 0)
      yield { waitMs, error: () => rateRefusal('tpm', tpm, scope, claim.tokens, waitMs, rate()) };
  }
  if (parallel !== null && taken.open >= parallel) {
    // Nobody knows when a call ends.
    const waitMs = parallel === 0 ? Number.POSITIVE_INFINITY : 0;
    yield { waitMs, error: () => parallelRefusal(parallel, scope) };
  }
}

function* reasonsAgainst(
  claim: Claim,
  wallMs: number,
  taken: readonly TakenOfRates[],
  used: readonly number[],
): Iterable<Reason> {
  let nthScope = 0;
  let nthBudget = 0;
  for (const { scope, limits, budgets } of claim.caps) {
    const takenHere = limits === undefined ? undefined : taken[nthScope++];
    if (limits !== undefined && takenHere !== undefined) yield* rateReasons(claim, scope, limits, takenHere);
    for (const budget of budgets) {
      const usedHere = used[nthBudget++] ?? 0;
      const limit = limitOf(budget, wallMs);
      if (!isOver(usedHere, claim.costNanoUsd, limit)) continue;
      const { resetsAtMs } = spanAt(budget.window, budget.rolling, wallMs);
      const isUsedUp = usedHere >= limit;
      yield {
        waitMs: Number.MAX_VALUE,
        error: () => budgetRefusal(budget, limit, scope, claim.costNanoUsd, isUsedUp, resetsAtMs),
      };
    }
  }
}

/**
 * The reason that stands longest: what no waiting helps, then budgets, then the longest wait. `taken`: of each of the claim's caps
 * that has limits, `used`: of each of its budgets, both in their order.
 */
export function refusalOf(
  claim: Claim,
  wallMs: number,
  taken: readonly TakenOfRates[],
  used: readonly number[],
): GatewayError {
  let worst: Reason | undefined;
  for (const reason of reasonsAgainst(claim, wallMs, taken, used))
    if (worst === undefined || reason.waitMs > worst.waitMs) worst = reason;
  return worst?.error() ?? new GatewayError('internal_error', 'The call was refused without a reason.');
}
