/** Counts in this process: exact because nothing happens between looking and taking. Waits only for budgets it meets anew. */
import { GatewayError } from '../../core/errors.ts';
import type { Budget } from '../caps.ts';
import type { BudgetStanding, BudgetWarning, Charge, Claim, Counters, Grant, Outcome } from '../counters.ts';
import type { BudgetAccount } from './budget-account.ts';
import { BudgetTable } from './budget-table.ts';
import { EngineClock } from './engine-clock.ts';
import { type Chained, HeldTable } from './held-table.ts';
import type { LoadSpent } from './load-spent.ts';
import { type Rate, tighterRate } from './rate.ts';
import { type ScopeRates, ScopeTable } from './scope-rates.ts';
import { isOver, limitOf, refusalOf } from './verdict.ts';

export interface MemoryCountersOptions {
  /** What was spent of a budget, from the ledger. */
  readonly load: LoadSpent;
  /** What becomes of a call whose budget the ledger cannot tell: where it passes, it is counted but not checked. */
  readonly whenUnavailable?: 'refuse' | 'allow';
}

interface HeldCall extends Chained<HeldCall> {
  readonly grant: Grant;
  readonly claim: Claim;
  /** Of each of the claim's caps that has limits, in their order. */
  readonly rates: readonly ScopeRates[];
  /** Of each of the claim's budgets, in their order. */
  readonly accounts: readonly BudgetAccount[];
}

type Building<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** A window may end, or the clock be set, while the ledger is asked. */
const mostLoads = 4;
/** Every so many calls, so many of those counted are looked at. */
const sweepEvery = 32;
const sweepCount = 64;

const noWarnings: readonly BudgetWarning[] = [];
const noCharges: readonly Charge[] = [];
const noRates: readonly ScopeRates[] = [];
const noAccounts: readonly BudgetAccount[] = [];

/** What an upstream told may be anything; what is counted is a whole number. */
function whole(count: number): number {
  return count > 0 ? Math.min(Math.trunc(count), Number.MAX_SAFE_INTEGER) : 0;
}

function holdAll(accounts: readonly BudgetAccount[], costNanoUsd: number): readonly Charge[] {
  const charges: Charge[] = [];
  for (const account of accounts) {
    account.hold(costNanoUsd);
    charges.push(account.charge);
  }
  return charges;
}

function restless(): GatewayError {
  const message = 'What was spent cannot be read: the clock does not hold still.';
  return new GatewayError('storage_unavailable', message);
}

export class MemoryCounters implements Counters {
  readonly #held = new HeldTable<HeldCall>();
  readonly #scopes = new ScopeTable();
  readonly #budgets: BudgetTable;
  readonly #clock = new EngineClock();
  readonly #mayPassUnknown: boolean;
  #calls = 0;

  constructor({ load, whenUnavailable }: MemoryCountersOptions) {
    this.#budgets = new BudgetTable(load);
    this.#mayPassUnknown = whenUnavailable === 'allow';
  }

  reserve(claim: Claim): Grant | Promise<Grant> {
    const known = this.#held.get(claim.id);
    if (known !== undefined) return known.grant;
    this.#clock.advance(claim.nowMs);
    this.#sweep();
    return this.#attempt(claim, false) ?? this.#reserveAfterLoad(claim);
  }

  settle({ id }: Grant, { nowMs, tokens, costNanoUsd }: Outcome): void {
    const held = this.#held.take(id);
    if (held === undefined) return;
    this.#clock.advance(nowMs);
    const { claim, rates, accounts, grant } = held;
    if (rates.length > 0) this.#settleRates(claim, rates, whole(tokens));
    if (accounts.length === 0) return;
    let at = 0;
    for (const { bucketStartMs } of grant.charges)
      accounts[at++]?.settle(bucketStartMs, claim.costNanoUsd, whole(costNanoUsd));
  }

  async standing(budgets: readonly Budget[], nowMs: number): Promise<readonly BudgetStanding[]> {
    this.#clock.advance(nowMs);
    const standings: BudgetStanding[] = [];
    for (const budget of budgets) {
      const account = await this.#loaded(budget);
      standings.push({
        budget,
        spentNanoUsd: account.spentNanoUsd,
        reservedNanoUsd: account.reservedNanoUsd,
        resetsAtMs: account.span.resetsAtMs,
      });
    }
    return standings;
  }

  /** What is kept, for whoever watches: it goes back to nothing when all has ended and time has passed. */
  get size(): { readonly held: number; readonly scopes: number; readonly budgets: number } {
    return { held: this.#held.size, scopes: this.#scopes.size, budgets: this.#budgets.size };
  }

  /** `undefined`: a budget has to be loaded first. Throws where it does not fit; then nothing is held. */
  #attempt(claim: Claim, mayPassUnknown: boolean): Grant | undefined {
    const known = this.#held.get(claim.id);
    if (known !== undefined) return known.grant;
    let rates: ScopeRates[] | undefined;
    let accounts: BudgetAccount[] | undefined;
    let isRefused = false;
    const { elapsedMs, wallMs } = this.#clock;
    for (const { scope, limits, budgets } of claim.caps) {
      if (limits !== undefined) {
        const state = this.#scopes.of(scope);
        rates ??= [];
        rates.push(state);
        if (limits.rpm !== null) {
          state.requests.refill(limits.rpm, elapsedMs);
          if (!state.requests.fits(1)) isRefused = true;
        }
        if (limits.tpm !== null) {
          state.tokens.refill(limits.tpm, elapsedMs);
          if (!state.tokens.fits(claim.tokens)) isRefused = true;
        }
        if (limits.parallel !== null && state.open >= limits.parallel) isRefused = true;
      }
      for (const budget of budgets) {
        const account = this.#budgets.of(budget.id);
        account.usedAtMs = elapsedMs;
        accounts ??= [];
        accounts.push(account);
        const isLoaded = account.open(budget, wallMs);
        if (!isLoaded && !mayPassUnknown) return undefined;
        if (isLoaded && isOver(account.usedNanoUsd, claim.costNanoUsd, limitOf(budget, wallMs)))
          isRefused = true;
      }
    }
    if (isRefused) {
      const used = accounts?.map(({ usedNanoUsd }) => usedNanoUsd) ?? [];
      throw refusalOf(claim, wallMs, rates ?? noRates, used);
    }
    return this.#hold(claim, rates ?? noRates, accounts ?? noAccounts);
  }

  #hold(claim: Claim, rates: readonly ScopeRates[], accounts: readonly BudgetAccount[]): Grant {
    let requests: Rate | undefined;
    let tokens: Rate | undefined;
    let at = 0;
    if (rates.length > 0)
      for (const { limits } of claim.caps) {
        if (limits === undefined) continue;
        const state = rates[at++];
        if (state === undefined) break;
        state.open++;
        if (limits.rpm !== null) {
          state.requests.take(1);
          requests = tighterRate(requests, state.requests);
        }
        if (limits.tpm !== null) {
          state.tokens.take(claim.tokens);
          tokens = tighterRate(tokens, state.tokens);
        }
      }
    const charges = accounts.length === 0 ? noCharges : holdAll(accounts, claim.costNanoUsd);
    const warnings = accounts.length === 0 ? noWarnings : this.#warnings(claim, accounts);
    const grant: Building<Grant> = { id: claim.id, charges, warnings };
    if (requests !== undefined) grant.requests = requests.standing();
    if (tokens !== undefined) grant.tokens = tokens.standing();
    this.#held.add({ id: claim.id, next: undefined, grant, claim, rates, accounts });
    return grant;
  }

  #settleRates({ caps, tokens: reserved }: Claim, rates: readonly ScopeRates[], used: number): void {
    let at = 0;
    for (const { limits } of caps) {
      if (limits === undefined) continue;
      const state = rates[at++];
      if (state === undefined) return;
      state.open--;
      if (limits.tpm === null || used === reserved) continue;
      state.tokens.refill(limits.tpm, this.#clock.elapsedMs);
      state.tokens.correct(reserved, used);
    }
  }

  #warnings(claim: Claim, accounts: readonly BudgetAccount[]): readonly BudgetWarning[] {
    let warnings: BudgetWarning[] | undefined;
    let at = 0;
    for (const { budgets } of claim.caps)
      for (const budget of budgets) {
        const account = accounts[at++];
        if (account === undefined || budget.warnAt.length === 0) continue;
        const { wallMs } = this.#clock;
        const limitNanoUsd = limitOf(budget, wallMs);
        for (const share of account.newWarnings(budget, limitNanoUsd, wallMs)) {
          warnings ??= [];
          warnings.push({ budgetId: budget.id, share, usedNanoUsd: account.usedNanoUsd, limitNanoUsd });
        }
      }
    return warnings ?? noWarnings;
  }

  async #reserveAfterLoad(claim: Claim): Promise<Grant> {
    for (let tried = 0; tried < mostLoads; tried++) {
      let isUnknown = false;
      try {
        for (const { budgets } of claim.caps) for (const budget of budgets) await this.#ready(budget);
      } catch (thrown) {
        if (!this.#mayPassUnknown) throw thrown;
        isUnknown = true;
      }
      const grant = this.#attempt(claim, isUnknown);
      if (grant !== undefined) return grant;
    }
    throw restless();
  }

  #ready(budget: Budget): Promise<void> {
    return this.#budgets.ready(budget, this.#clock.elapsedMs, this.#clock.wallMs);
  }

  async #loaded(budget: Budget): Promise<BudgetAccount> {
    for (let tried = 0; tried < mostLoads; tried++) {
      await this.#ready(budget);
      const account = this.#budgets.of(budget.id);
      if (account.open(budget, this.#clock.wallMs)) return account;
    }
    throw restless();
  }

  #sweep(): void {
    if (++this.#calls % sweepEvery !== 0) return;
    const { elapsedMs, wallMs } = this.#clock;
    this.#scopes.sweep(sweepCount, elapsedMs);
    this.#budgets.sweep(sweepCount, elapsedMs, wallMs);
  }
}
