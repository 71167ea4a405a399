/**
 * What counters are to do, written as plainly and slowly as can be and apart from them: everything that happened is kept, and
 * every question is answered by going through all of it.
 */
import type { Budget, Scope } from '../../../src/ledger/caps.ts';
import type { Claim, RateStanding } from '../../../src/ledger/counters.ts';
import type { BucketSpend } from '../../../src/ledger/ledger-store.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

interface Taken {
  readonly at: number;
  readonly tokens: number;
}

interface Open {
  readonly claim: Claim;
  readonly charges: readonly { readonly budgetId: string; readonly bucket: number }[];
}

interface Entry {
  readonly budgetId: string;
  readonly bucket: number;
  readonly cost: number;
}

/** `[first bucket that counts, open bucket, end of the window]` */
export function windowOf({ window, rolling }: Pick<Budget, 'window' | 'rolling'>, at: number): number[] {
  const date = new Date(at);
  const [y, m, d] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (window === 'total') return [0, 0, Number.POSITIVE_INFINITY];
  if (rolling) {
    const size = { hour: minute, day: 30 * minute, week: 6 * 60 * minute, month: day }[window];
    const length = { hour: 60 * minute, day, week: 7 * day, month: 30 * day }[window];
    const open = Math.floor(at / size) * size;
    let first = open;
    while (first > at - length) first -= size;
    return [first, open, at + length];
  }
  if (window === 'month') return [Date.UTC(y, m), Date.UTC(y, m), Date.UTC(y, m + 1)];
  const hour = date.getUTCHours();
  const monday = d - ((date.getUTCDay() + 6) % 7);
  const [start, end] = {
    hour: [Date.UTC(y, m, d, hour), Date.UTC(y, m, d, hour + 1)],
    day: [Date.UTC(y, m, d), Date.UTC(y, m, d + 1)],
    week: [Date.UTC(y, m, monday), Date.UTC(y, m, monday + 7)],
  }[window] as [number, number];
  return [start, start, end];
}

function same(one: Scope, other: Scope): boolean {
  return one.kind === other.kind && one.id === other.id;
}

export class Reference {
  wall = 0;
  elapsed = 0;
  readonly open = new Map<string, Open>();
  readonly entries: Entry[] = [];
  readonly #taken = new Map<string, Taken[]>();
  readonly #quiet = new Map<string, number>();

  /** A clock that was set back, by more than the disorder of two seconds, goes on from there. */
  observe(now: number): void {
    if (now >= this.wall) this.elapsed += now - this.wall;
    if (now >= this.wall || now <= this.wall - 2000) this.wall = now;
  }

  ledger(budgetId: string, since: number): BucketSpend[] {
    const buckets = new Map<number, number>();
    for (const { budgetId: id, bucket, cost } of this.entries)
      if (id === budgetId && bucket >= since) buckets.set(bucket, (buckets.get(bucket) ?? 0) + cost);
    return [...buckets].map(([bucketStartMs, spentNanoUsd]) => ({ bucketStartMs, spentNanoUsd }));
  }

  limit({ raise, limitNanoUsd }: Budget): number {
    return raise !== null && this.wall < raise.untilMs ? raise.limitNanoUsd : limitNanoUsd;
  }

  spent(budget: Budget): number {
    const [from = 0] = windowOf(budget, this.wall);
    return this.ledger(budget.id, from).reduce((sum, { spentNanoUsd }) => sum + spentNanoUsd, 0);
  }

  reserved(budget: Budget): number {
    const [from = 0] = windowOf(budget, this.wall);
    let sum = 0;
    for (const { claim, charges } of this.open.values())
      for (const { budgetId, bucket } of charges)
        if (budgetId === budget.id && bucket >= from) sum += claim.costNanoUsd;
    return sum;
  }

  running(scope: Scope): number {
    const open = [...this.open.values()];
    return open.filter(({ claim }) => claim.caps.some((caps) => same(caps.scope, scope))).length;
  }

  /** In sixty-thousandths of a token. */
  #level(key: string, limit: number): bigint {
    let level = 0n;
    let at = 0;
    const pass = (until: number) => {
      const left = level - BigInt(until - at) * BigInt(limit);
      level = left > 0n ? left : 0n;
      at = until;
    };
    for (const { at: when, tokens } of this.#taken.get(key) ?? []) {
      pass(when);
      level += BigInt(tokens) * 60_000n;
      if (level < 0n) level = 0n;
    }
    pass(this.elapsed);
    return level;
  }

  #fits(key: string, limit: number, tokens: number): boolean {
    return this.#level(key, limit) + BigInt(tokens) * 60_000n <= BigInt(limit) * 60_000n;
  }

  #standing(key: string, limit: number): RateStanding {
    const level = this.#level(key, limit);
    const left = (BigInt(limit) * 60_000n - level) / 60_000n;
    const reset = limit === 0 ? 0n : (level + BigInt(limit) - 1n) / BigInt(limit);
    return { limit, remaining: left > 0n ? Number(left) : 0, resetMs: Number(reset) };
  }

  #take(key: string, tokens: number): void {
    const taken = this.#taken.get(key) ?? [];
    taken.push({ at: this.elapsed, tokens });
    this.#taken.set(key, taken);
  }

  /** Every reason there is against it; none: it is granted. */
  reasons(claim: Claim): Set<'rate_limit_exceeded' | 'budget_exceeded'> {
    const reasons = new Set<'rate_limit_exceeded' | 'budget_exceeded'>();
    for (const { scope, limits, budgets } of claim.caps) {
      const key = `${scope.kind} ${scope.id}`;
      const { rpm = null, tpm = null, parallel = null } = limits ?? {};
      if (rpm !== null && !this.#fits(`${key} rpm`, rpm, 1)) reasons.add('rate_limit_exceeded');
      if (tpm !== null && !this.#fits(`${key} tpm`, tpm, claim.tokens)) reasons.add('rate_limit_exceeded');
      if (parallel !== null && this.running(scope) + 1 > parallel) reasons.add('rate_limit_exceeded');
      for (const budget of budgets) {
        const used = this.spent(budget) + this.reserved(budget);
        if (used >= this.limit(budget) || used + claim.costNanoUsd > this.limit(budget))
          reasons.add('budget_exceeded');
      }
    }
    return reasons;
  }

  /** Takes it in, and says what the grant has to say. */
  grant(claim: Claim) {
    const budgets = claim.caps.flatMap((caps) => caps.budgets);
    const charges = budgets.map((budget) => ({
      budgetId: budget.id,
      bucket: windowOf(budget, this.wall)[1] ?? 0,
    }));
    this.open.set(claim.id, { claim, charges });
    const standings = { requests: [] as RateStanding[], tokens: [] as RateStanding[] };
    for (const { scope, limits } of claim.caps) {
      const key = `${scope.kind} ${scope.id}`;
      const { rpm = null, tpm = null } = limits ?? {};
      if (rpm !== null) this.#take(`${key} rpm`, 1);
      if (tpm !== null) this.#take(`${key} tpm`, claim.tokens);
      if (rpm !== null) standings.requests.push(this.#standing(`${key} rpm`, rpm));
      if (tpm !== null) standings.tokens.push(this.#standing(`${key} tpm`, tpm));
    }
    const least = (all: RateStanding[]) => all.toSorted((a, b) => a.remaining - b.remaining)[0];
    return {
      charges: charges.map(({ budgetId, bucket }) => ({ budgetId, bucketStartMs: bucket })),
      requests: least(standings.requests),
      tokens: least(standings.tokens),
      warnings: budgets.flatMap((budget) => this.#warnings(budget)),
    };
  }

  #warnings(budget: Budget) {
    const used = this.spent(budget) + this.reserved(budget);
    const limit = this.limit(budget);
    return budget.warnAt.flatMap((share) => {
      const key = `${budget.id} ${share}`;
      if (used < share * limit || (this.#quiet.get(key) ?? 0) > this.wall) return [];
      this.#quiet.set(key, windowOf(budget, this.wall)[2] ?? 0);
      return [{ budgetId: budget.id, share, usedNanoUsd: used, limitNanoUsd: limit }];
    });
  }

  settle(id: string, tokens: number, cost: number): void {
    const open = this.open.get(id);
    if (open === undefined) return;
    this.open.delete(id);
    for (const { budgetId, bucket } of open.charges) this.entries.push({ budgetId, bucket, cost });
    for (const { scope, limits } of open.claim.caps)
      if ((limits?.tpm ?? null) !== null)
        this.#take(`${scope.kind} ${scope.id} tpm`, tokens - open.claim.tokens);
  }

  resetsAt(budget: Budget): number | null {
    return budget.rolling || budget.window === 'total' ? null : (windowOf(budget, this.wall)[2] ?? null);
  }
}
