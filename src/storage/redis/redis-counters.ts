/**
 * Counts in Redis, for gateways on many machines: one script before a call and one after, by Redis's clock, since those of the
 * machines differ.
 */
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { Budget } from '../../ledger/caps.ts';
import type { WhenUncounted } from '../../ledger/caps-settings.ts';
import type { LoadSpent } from '../../ledger/counters/load-spent.ts';
import { QuietShares } from '../../ledger/counters/quiet-shares.ts';
import { standingOf, tighter } from '../../ledger/counters/rate.ts';
import { limitOf, refusalOf, type TakenOfRates } from '../../ledger/counters/verdict.ts';
import type {
  BudgetStanding,
  BudgetWarning,
  Claim,
  Counters,
  Grant,
  Outcome,
} from '../../ledger/counters.ts';
import type { KeptSpend, MovedSpend, SpendWatcher } from '../../ledger/spend-watch.ts';
import { spanAt } from '../../ledger/window.ts';
import { readRedisAddress } from './address.ts';
import { BudgetLoads } from './budget-loads.ts';
import { budgetFields, chargesAt, claimText } from './claim-text.ts';
import { EndedCalls } from './ended-calls.ts';
import { OwnSpend } from './own-spend.ts';
import { NotSent, RedisLink } from './redis-link.ts';
import { type OpenCall, Tenancy } from './tenancy.ts';

export interface RedisCountersOptions {
  readonly url: Secret;
  /** What was spent of a budget, as the database has it: what is in journals is told by whoever has them. */
  readonly load: LoadSpent;
  /** To be told what the journal of this process has, from the start. */
  readonly watch?: (watcher: SpendWatcher) => void;
  /** What becomes of calls while Redis, or the ledger behind it, does not answer. */
  readonly whenUncounted?: Partial<WhenUncounted>;
  /** Told once when Redis is away, and why, as far as is known. */
  readonly onAway?: (reason: string) => void;
  readonly onBack?: () => void;
  /** What all keys begin with: gateways that count together share it. */
  readonly namespace?: string;
  /** How long Redis may be silent. */
  readonly timeoutMs?: number;
  /** How long what a process holds outlives its last sign of life. */
  readonly leaseMs?: number;
  /** `claim`: the time each claim tells, for tests. */
  readonly clock?: 'redis' | 'claim';
}

/** Whoever asks the database meanwhile counts twice what was moved and is not told. */
const tellMs = 1000;
/** A window may end, a budget be new, Redis be empty: each is one more round. */
const mostRounds = 12;
/** More budgets than this with warnings: those whose window is over are forgotten. */
const manyQuiet = 10_000;

type Building<Type> = { -readonly [Name in keyof Type]: Type[Name] };

function numbersOf(answer: readonly unknown[]): number[] {
  return answer.map(Number);
}

function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof GatewayError && thrown.code === 'storage_unavailable';
}

function silent(): GatewayError {
  return new GatewayError(
    'storage_unavailable',
    'Calls cannot be counted: Redis and its clock do not settle.',
  );
}

export class RedisCounters implements Counters, SpendWatcher {
  readonly #options: RedisCountersOptions;
  readonly #tenancy: Tenancy;
  readonly #asking = new Map<string, Promise<Grant>>();
  readonly #loads: BudgetLoads;
  readonly #ended: EndedCalls;
  readonly #spend: OwnSpend;
  readonly #quiet = new Map<string, QuietShares>();
  readonly #renewal: Timer;
  #telling: Timer | undefined;
  #link: RedisLink | undefined;
  /** Held in Redis, unknown here, as of the last renewal. */
  #hadStrays = false;

  private constructor(options: RedisCountersOptions, leaseMs: number) {
    this.#options = options;
    this.#tenancy = new Tenancy(leaseMs, (link) => {
      this.#spend.forget();
      return this.#tellSpend(link);
    });
    this.#spend = new OwnSpend(this.#tenancy.process);
    this.#ended = new EndedCalls(this.#tenancy, this.#spend, options.clock === 'claim');
    this.#loads = new BudgetLoads({
      load: options.load,
      link: () => this.#connected(),
      tellSpend: (link) => this.#tellSpend(link),
    });
    this.#renewal = setInterval(() => void this.#renew(), leaseMs / 4);
    this.#renewal.unref();
  }

  /** Resolves although Redis is away: it is tried again, and calls are answered as the policy says. Rejects with StorageRefused. */
  static async open(options: RedisCountersOptions): Promise<RedisCounters> {
    const address = readRedisAddress(options.url.reveal());
    const counters = new RedisCounters(options, options.leaseMs ?? 30_000);
    options.watch?.(counters);
    const connecting = RedisLink.connect({
      address,
      namespace: options.namespace ?? 'opengateway',
      timeoutMs: options.timeoutMs ?? 500,
      onAway: options.onAway,
      onBack: options.onBack,
      enter: (link) => counters.#tenancy.join(link),
      opened: (link) => void counters.#ended.deliver(link),
    });
    try {
      counters.#link = await connecting;
    } catch (thrown) {
      await counters.close();
      throw thrown;
    }
    return counters;
  }

  reserve(claim: Claim): Grant | Promise<Grant> {
    const known = this.#tenancy.open.get(claim.id);
    if (known !== undefined) return known.grant;
    const asked = this.#asking.get(claim.id);
    if (asked !== undefined) return asked;
    const asking = this.#reserve(claim).finally(() => this.#asking.delete(claim.id));
    this.#asking.set(claim.id, asking);
    return asking;
  }

  async settle({ id }: Grant, outcome: Outcome): Promise<void> {
    const call = this.#tenancy.open.get(id);
    if (call === undefined) return;
    this.#tenancy.open.delete(id);
    const { charges } = call.grant;
    if (call.isKept !== true) this.#spend.settled(id, charges, outcome.costNanoUsd);
    if (call.text === undefined) return;
    await this.#ended.settle(this.#connected(), { id, charges, outcome });
  }

  kept({ id, charges, costNanoUsd }: KeptSpend): void {
    if (this.#spend.isSettled(id)) return;
    const call = id === undefined ? undefined : this.#tenancy.open.get(id);
    if (call !== undefined) call.isKept = true;
    this.#spend.add(charges, costNanoUsd);
  }

  /** The sum stays the same, so that it need not be told at once. */
  moved(spend: readonly MovedSpend[]): void {
    this.#spend.moved(spend);
    if (this.#telling !== undefined) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      // What cannot be told now is told when it can.
      if (this.#link?.isOpen === true) this.#tellSpend(this.#link).catch(() => undefined);
    }, tellMs);
    this.#telling.unref();
  }

  async standing(budgets: readonly Budget[], nowMs: number): Promise<readonly BudgetStanding[]> {
    let wallMs = this.#wallMs(nowMs);
    let mayBeStale = false;
    for (let round = 0; round < mostRounds; round++) {
      const asked = budgets.map((budget) => budgetFields(budget, wallMs));
      const told = [this.#given(nowMs), this.#tenancy.epoch, JSON.stringify(asked), mayBeStale ? '1' : ''];
      const answer = await this.#run('look', told);
      const numbers = numbersOf(answer);
      if (answer[0] === 'ok') {
        const sums = numbers.slice(2);
        return budgets.map((budget, nth) => ({
          budget,
          spentNanoUsd: sums[2 * nth] ?? 0,
          reservedNanoUsd: sums[2 * nth + 1] ?? 0,
          resetsAtMs: spanAt(budget.window, budget.rolling, wallMs).resetsAtMs,
        }));
      }
      const prepared = await this.#prepare(answer, budgets, wallMs);
      wallMs = prepared.wallMs;
      mayBeStale ||= prepared.isStale;
    }
    throw silent();
  }

  /** How many reservations Redis has of this process. */
  async held(): Promise<number> {
    return (await this.#tenancy.renew(this.#connected())) ?? this.held();
  }

  /** How much waits for Redis to come back, for whoever watches. */
  get undelivered(): number {
    return this.#ended.undelivered;
  }

  async close(): Promise<void> {
    clearInterval(this.#renewal);
    clearTimeout(this.#telling);
    const link = this.#link;
    if (link?.isOpen === true) {
      await this.#ended.deliver(link);
      await this.#tellSpend(link).catch(() => undefined);
      // What the database does not have yet counts until the lease ends, and then where it is moved from.
      if (this.#spend.isEmpty) await this.#tenancy.leave(link).catch(() => undefined);
    }
    link?.close();
  }

  async #reserve(claim: Claim): Promise<Grant> {
    try {
      return await this.#ask(claim);
    } catch (thrown) {
      if (!isUnavailable(thrown)) throw thrown;
      return await this.#withoutRedis(claim, toGatewayError(thrown));
    }
  }

  async #ask(claim: Claim): Promise<Grant> {
    const budgets = claim.caps.flatMap((caps) => caps.budgets);
    let wallMs = this.#wallMs(claim.nowMs);
    let mayBeStale = false;
    for (let round = 0; round < mostRounds; round++) {
      const text = claimText(claim, wallMs);
      const call = { text, epoch: this.#tenancy.epoch };
      const told = [this.#tenancy.process, this.#given(claim.nowMs), call.epoch, text, mayBeStale ? '1' : ''];
      let answer: readonly unknown[];
      try {
        answer = await this.#run('reserve', told);
      } catch (thrown) {
        // It may be held all the same, by an answer that was lost.
        if (!(thrown instanceof NotSent)) this.#ended.takeBack(claim.id, this.#tenancy.serverMs);
        throw thrown;
      }
      if (answer[0] === 'ok' || answer[0] === 'no') return this.#judge(claim, call, answer);
      const prepared = await this.#prepare(answer, budgets, wallMs);
      wallMs = prepared.wallMs;
      mayBeStale ||= prepared.isStale;
    }
    throw silent();
  }

  #judge(claim: Claim, call: Omit<OpenCall, 'grant'>, answer: readonly unknown[]): Grant {
    const [, wallMs = 0, ...facts] = numbersOf(answer);
    const taken: TakenOfRates[] = [];
    for (const { limits } of claim.caps) {
      if (limits === undefined) continue;
      const [requestUnits = 0, tokenUnits = 0, open = 0] = facts.splice(0, 3);
      taken.push({ requestUnits, tokenUnits, open });
    }
    if (answer[0] === 'no') throw refusalOf(claim, wallMs, taken, facts);
    const grant: Building<Grant> = {
      id: claim.id,
      charges: chargesAt(claim, wallMs),
      warnings: this.#warnings(claim, wallMs, facts),
    };
    let nth = 0;
    for (const { limits } of claim.caps) {
      if (limits === undefined) continue;
      const { requestUnits = 0, tokenUnits = 0 } = taken[nth++] ?? {};
      if (limits.rpm !== null) grant.requests = tighter(grant.requests, standingOf(requestUnits, limits.rpm));
      if (limits.tpm !== null) grant.tokens = tighter(grant.tokens, standingOf(tokenUnits, limits.tpm));
    }
    this.#ended.forget(claim.id);
    this.#tenancy.open.set(claim.id, { ...call, grant });
    return grant;
  }

  #warnings(claim: Claim, wallMs: number, used: readonly number[]): readonly BudgetWarning[] {
    const warnings: BudgetWarning[] = [];
    let nth = 0;
    for (const { budgets } of claim.caps)
      for (const budget of budgets) {
        const usedNanoUsd = used[nth++] ?? 0;
        if (budget.warnAt.length === 0) continue;
        const limitNanoUsd = limitOf(budget, wallMs);
        const quiet = this.#quiet.get(budget.id) ?? new QuietShares();
        const shares = quiet.passed(budget, usedNanoUsd, limitNanoUsd, wallMs);
        if (shares.length > 0) this.#quiet.set(budget.id, quiet);
        for (const share of shares) warnings.push({ budgetId: budget.id, share, usedNanoUsd, limitNanoUsd });
      }
    if (this.#quiet.size > manyQuiet)
      for (const [id, quiet] of this.#quiet) if (!quiet.isLive(wallMs)) this.#quiet.delete(id);
    return warnings;
  }

  /** Does what has to be done first; answers the time to ask by, and whether what is known has to do. */
  async #prepare(
    answer: readonly unknown[],
    budgets: readonly Budget[],
    wallMs: number,
  ): Promise<{ readonly wallMs: number; readonly isStale: boolean }> {
    const [word, ...rest] = answer;
    const [first = wallMs, deaths = 0, ...missing] = numbersOf(rest);
    if (word === 'join') await this.#tenancy.join(this.#connected());
    if (word === 'wait') await Bun.sleep(first);
    if (word === 'again') return { wallMs: first, isStale: false };
    if (word !== 'load') return { wallMs, isStale: false };
    const loaded = missing.map(async (nth) => {
      const budget = budgets[Math.abs(nth) - 1];
      if (budget === undefined) return false;
      try {
        await this.#loads.load(budget.id, spanAt(budget.window, budget.rolling, wallMs).fromMs, deaths);
        return false;
      } catch (thrown) {
        // One that is known, and stale since a process died, is better than none.
        if (nth < 0 && isUnavailable(thrown)) return true;
        throw thrown;
      }
    });
    return { wallMs, isStale: (await Promise.all(loaded)).includes(true) };
  }

  /** Throws what was met, unless the policy lets the call pass uncounted. The ledger knows it all the same. */
  async #withoutRedis(claim: Claim, error: GatewayError): Promise<Grant> {
    const { budgets = 'refuse', limits = 'refuse' } = this.#options.whenUncounted ?? {};
    const hasBudgets = claim.caps.some((caps) => caps.budgets.length > 0);
    const hasLimits = claim.caps.some((caps) => caps.limits !== undefined);
    if (hasBudgets && budgets === 'refuse') throw error;
    const charges = chargesAt(claim, this.#wallMs(claim.nowMs));
    if (hasLimits && !hasBudgets && limits === 'refuse') throw error;
    if (hasLimits && hasBudgets)
      try {
        // It may be the ledger alone that is away.
        const caps = claim.caps.map((all) => ({ ...all, budgets: [] }));
        return { ...(await this.#ask({ ...claim, caps })), charges };
      } catch (thrown) {
        if (limits === 'refuse' || !isUnavailable(thrown)) throw thrown;
      }
    const grant: Grant = { id: claim.id, charges, warnings: [] };
    this.#tenancy.open.set(claim.id, { grant, text: undefined, epoch: '' });
    return grant;
  }

  async #renew(): Promise<void> {
    const link = this.#link;
    if (link?.isOpen !== true) return;
    try {
      const held = await this.#tenancy.renew(link);
      await this.#ended.deliver(link);
      await this.#tellSpend(link);
      const known = this.#tenancy.open.size + this.#asking.size + this.#ended.undelivered;
      const hasStrays = held !== undefined && held > known;
      if (hasStrays && this.#hadStrays) await this.#releaseStrays(link);
      this.#hadStrays = hasStrays;
    } catch {
      // The next renewal comes long before the lease ends.
    }
  }

  /** A reservation whose answer was lost may have been made after it was taken back. */
  async #releaseStrays(link: RedisLink): Promise<void> {
    const held = await link.run('list', [this.#tenancy.process]);
    if (!Array.isArray(held)) return;
    for (const id of held.map(String)) {
      if (this.#tenancy.open.has(id) || this.#asking.has(id) || this.#ended.has(id)) continue;
      this.#ended.takeBack(id, this.#tenancy.serverMs);
    }
    await this.#ended.deliver(link);
  }

  async #run(name: 'reserve' | 'look', args: readonly string[]): Promise<readonly unknown[]> {
    const answer = await this.#connected().run(name, args);
    return Array.isArray(answer) ? answer : [];
  }

  #tellSpend(link: RedisLink): Promise<void> {
    return this.#spend.deliver(link, () => this.#tenancy.generation);
  }

  #connected(): RedisLink {
    if (this.#link === undefined) throw silent();
    return this.#link;
  }

  /** Nothing where Redis's own clock is to count. */
  #given(nowMs: number): string {
    return this.#options.clock === 'claim' ? String(nowMs) : '';
  }

  #wallMs(nowMs: number): number {
    return this.#options.clock === 'claim' ? nowMs : this.#tenancy.serverMs;
  }
}
