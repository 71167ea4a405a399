/** What a caller is told whose call does not fit: which limit, whose, and when to come back. Never an id it could not know. */
import { usdText } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Budget, Limits, Scope } from '../caps.ts';
import type { RateStanding } from '../counters.ts';

const meanings: Readonly<Record<keyof Limits, string>> = {
  rpm: 'requests a minute (rpm)',
  tpm: 'tokens a minute (tpm)',
  parallel: 'calls at once (parallel)',
};

/** OpenAI's and Anthropic's SDKs try a 429 again unless they are told not to. */
const final = { 'x-should-retry': 'false' } as const;

/** A slot comes free when some call ends, which nobody can tell; this is often enough to ask. */
const slotWaitMs = 1000;

function owner({ kind, id }: Scope): string {
  return kind === 'customer' || kind === 'model' ? `${kind} "${id}"` : kind;
}

function retryAfter(waitMs: number): Record<string, string> {
  return { 'retry-after': String(Math.ceil(waitMs / 1000)), 'retry-after-ms': String(waitMs) };
}

/** `waitMs`: until it would fit if nothing else came; infinite where it never would. */
export function rateRefusal(
  name: 'rpm' | 'tpm',
  limit: number,
  scope: Scope,
  asked: number,
  waitMs: number,
  rate: RateStanding,
): GatewayError {
  const refusing = { scope: scope.kind, name, rate };
  const what = `the limit of ${limit} ${meanings[name]} of the ${owner(scope)}`;
  if (waitMs === Number.POSITIVE_INFINITY) {
    const message =
      limit > 0 && name === 'tpm'
        ? `The call may take ${asked} tokens at once, more than ${what} can ever grant. Shorten the input or ask for fewer output tokens.`
        : `The call can never fit ${what}.`;
    return new GatewayError('rate_limit_exceeded', message, { headers: final, limit: refusing });
  }
  const message = `The call passes ${what}. Try again in ${(waitMs / 1000).toFixed(3)} s.`;
  return new GatewayError('rate_limit_exceeded', message, { headers: retryAfter(waitMs), limit: refusing });
}

export function parallelRefusal(limit: number, scope: Scope): GatewayError {
  const message = `The call passes the limit of ${limit} ${meanings.parallel} of the ${owner(scope)}. Try again once one has ended.`;
  return new GatewayError('rate_limit_exceeded', message, {
    headers: limit === 0 ? final : retryAfter(slotWaitMs),
    limit: { scope: scope.kind, name: 'parallel' },
  });
}

const calendar: Readonly<Record<Budget['window'], string>> = {
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  month: 'a month',
  total: 'in total',
};
const lastSpan: Readonly<Record<Budget['window'], string>> = {
  hour: 'in any hour',
  day: 'in any day',
  week: 'in any seven days',
  month: 'in any thirty days',
  total: 'in total',
};

/** `isUsedUp`: nothing is left; else something is, and less than the call may cost. */
export function budgetRefusal(
  budget: Budget,
  limitNanoUsd: number,
  scope: Scope,
  costNanoUsd: number,
  isUsedUp: boolean,
  resetsAtMs: number | null,
): GatewayError {
  const span = (budget.rolling ? lastSpan : calendar)[budget.window];
  const what = `the budget of $${usdText(limitNanoUsd)} ${span} of the ${owner(scope)}`;
  const said = isUsedUp
    ? `${what[0]?.toUpperCase()}${what.slice(1)} is used up.`
    : `The call may cost $${usdText(costNanoUsd)}, more than is left of ${what}.`;
  const until = resetsAtMs === null ? '' : ` It resets at ${new Date(resetsAtMs).toISOString()}.`;
  return new GatewayError('budget_exceeded', `${said}${until}`, {
    headers: final,
    limit: { scope: scope.kind, name: 'budget' },
  });
}
