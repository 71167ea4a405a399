/**
 * The one step that holds calls down: what a call may take is reserved before anything goes out, and settled to the truth when
 * it ends, however it ends. A call that nothing holds down passes without a promise and without an object.
 */
import { GatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Usage } from '../core/usage.ts';
import type { OutputWish } from '../dialects/dialect.ts';
import type { CallRecord } from '../ledger/call-record.ts';
import type { Caps } from '../ledger/caps.ts';
import { costOf } from '../ledger/cost.ts';
import type { Claim, Counters, Grant, Outcome } from '../ledger/counters.ts';
import { type Estimate, estimateOf, promptTokensOf } from '../ledger/estimate.ts';
import type { UsualOutput } from '../ledger/usual-output.ts';
import type { Target } from '../providers/provider.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { BudgetWarnings } from './budget-warnings.ts';
import type { CallContext } from './call-context.ts';
import type { CapsBook } from './caps-book.ts';
import { clientClosed } from './relay.ts';

/** What a route says of its calls. */
export interface Appetite {
  /** They consume nothing that is charged. */
  readonly isFree?: boolean;
  /** Absent where they write nothing. */
  readOutputWish?(json: JsonObject): OutputWish;
}

export interface AdmissionServices {
  readonly counters: Counters;
  readonly caps: CapsBook;
  readonly usual: UsualOutput;
  readonly unknownPrice: 'refuse' | 'allow';
  readonly warnings: BudgetWarnings;
  readonly metrics: Metrics;
  /** Told of what went wrong while nobody waited for it. */
  readonly onFailure: (thrown: unknown, requestId: string) => void;
}

const nothing: Estimate = { tokens: 0, costNanoUsd: 0 };
const empty: JsonObject = {};

function limitsOnly(all: readonly Caps[]): readonly Caps[] {
  return all.filter(({ limits }) => limits !== undefined).map((caps) => ({ ...caps, budgets: [] }));
}

function haveBudget(all: readonly Caps[]): boolean {
  for (const { budgets } of all) if (budgets.length > 0) return true;
  return false;
}

function limitTokens(all: readonly Caps[]): boolean {
  for (const { limits } of all) if (limits !== undefined && limits.tpm !== null) return true;
  return false;
}

function unknownPrice(call: CallContext, { provider, model }: Target): GatewayError {
  const what = model === '' ? `a request to ${call.path}` : `'${provider.name}/${model}'`;
  return new GatewayError(
    'price_unknown',
    `Nobody knows what ${what} costs, and a budget holds for this call.`,
    model === '' ? {} : { param: 'model' },
  );
}

export class Admission {
  readonly #services: AdmissionServices;

  constructor(services: AdmissionServices) {
    this.#services = services;
  }

  /**
   * To be called once the target and its price are known. Throws, or rejects with, `rate_limit_exceeded`, `budget_exceeded`,
   * `price_unknown` or `storage_unavailable`; then nothing is held.
   */
  reserve(
    call: CallContext,
    target: Target,
    json: JsonObject | undefined,
    appetite: Appetite,
  ): undefined | Promise<undefined> {
    const { counters, caps } = this.#services;
    const { caller, head } = call;
    const all = caps.of(caller?.caps, head?.customer, head?.model ?? '', target);
    if (all === undefined) return undefined;
    const held = appetite.isFree === true ? limitsOnly(all) : all;
    return held.length === 0 ? undefined : this.#claim(counters, call, target, held, json, appetite);
  }

  /** What was held for a call goes back, and what it took is counted. */
  settle({ grant, moreGrants, target }: CallContext, record: CallRecord): void {
    if (grant === undefined) return;
    const { usage, usageEstimated, endedAtMs, costNanoUsd = 0 } = record;
    if (target !== undefined && usage !== undefined && !usageEstimated)
      this.#services.usual.learn(target, usage.outputTokens);
    const tokens = usage === undefined ? 0 : usage.inputTokens + usage.outputTokens;
    this.#settle(grant, { nowMs: endedAtMs, tokens, costNanoUsd });
    // The whole is booked once, with the first.
    for (const more of moreGrants) this.#settle(more, { nowMs: endedAtMs, tokens: 0, costNanoUsd: 0 });
  }

  /**
   * A session goes on: what it has used so far is held on top of what was reserved for it. Throws, or rejects with, what
   * `reserve` does.
   */
  extend(call: CallContext, used: Usage): undefined | Promise<undefined> {
    const { price } = call;
    const caps = call.heldCaps.filter(({ budgets }) => budgets.length > 0);
    if (caps.length === 0 || price === undefined || call.hasEnded) return undefined;
    const claim: Claim = {
      id: newRequestId(),
      nowMs: Date.now(),
      caps: caps.map(({ scope, budgets }) => ({ scope, budgets })),
      tokens: 0,
      costNanoUsd: costOf(used, price),
    };
    const granted = this.#reserved(this.#services.counters, claim);
    if (!(granted instanceof Promise)) {
      this.#holdMore(call, claim, granted);
      return undefined;
    }
    return granted.then((grant) => {
      this.#holdMore(call, claim, grant);
      return undefined;
    });
  }

  #holdMore(call: CallContext, { caps }: Claim, grant: Grant): void {
    if (grant.warnings.length > 0) this.#services.warnings.give(grant.warnings, caps);
    if (call.hasEnded) this.#settle(grant, { nowMs: Date.now(), tokens: 0, costNanoUsd: 0 });
    else call.moreGrants = [...call.moreGrants, grant];
  }

  #settle(grant: Grant, outcome: Outcome): void {
    const { counters, onFailure } = this.#services;
    try {
      const settled = counters.settle(grant, outcome);
      if (settled instanceof Promise) settled.catch((thrown) => onFailure(thrown, grant.id));
    } catch (thrown) {
      onFailure(thrown, grant.id);
    }
  }

  #claim(
    counters: Counters,
    call: CallContext,
    target: Target,
    caps: readonly Caps[],
    json: JsonObject | undefined,
    appetite: Appetite,
  ): undefined | Promise<undefined> {
    const hasBudget = haveBudget(caps);
    if (hasBudget && call.price === undefined && this.#services.unknownPrice === 'refuse')
      throw unknownPrice(call, target);
    const isCounted = (hasBudget || limitTokens(caps)) && appetite.isFree !== true;
    const { tokens, costNanoUsd } = isCounted ? this.#estimate(call, target, json, appetite) : nothing;
    const claim: Claim = { id: call.id, nowMs: Date.now(), caps, tokens, costNanoUsd };
    const granted = this.#reserved(counters, claim);
    if (!(granted instanceof Promise)) {
      this.#hold(call, claim, granted);
      return undefined;
    }
    return granted.then((grant) => {
      this.#hold(call, claim, grant);
      // Nobody waits any more for what would now go out.
      if (call.clientGone) throw clientClosed();
      return undefined;
    });
  }

  #reserved(counters: Counters, claim: Claim): Grant | Promise<Grant> {
    try {
      const granted = counters.reserve(claim);
      return granted instanceof Promise ? granted.catch((thrown) => this.#refused(thrown)) : granted;
    } catch (thrown) {
      return this.#refused(thrown);
    }
  }

  #refused(thrown: unknown): never {
    if (thrown instanceof GatewayError && thrown.limit !== undefined)
      this.#services.metrics.refused(thrown.limit.scope, thrown.limit.name);
    throw thrown;
  }

  #hold(call: CallContext, { caps }: Claim, grant: Grant): void {
    call.hold(grant, caps, this);
    if (grant.warnings.length > 0) this.#services.warnings.give(grant.warnings, caps);
  }

  #estimate(call: CallContext, target: Target, json: JsonObject | undefined, appetite: Appetite): Estimate {
    const prompt = json === undefined ? 0 : promptTokensOf(json);
    const wish = appetite.readOutputWish?.(json ?? empty);
    const output =
      wish === undefined ? 0 : (wish.maxTokens ?? this.#services.usual.of(target)) * wish.choices;
    const service = json?.service_tier;
    return estimateOf(prompt, output, call.price, typeof service === 'string' ? service : undefined);
  }
}
