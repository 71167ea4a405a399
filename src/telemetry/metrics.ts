/**
 * The numbers of every call, by endpoint, provider and model. On the way of a call they are plain counters in one map;
 * `exposition.ts` turns them into Prometheus' text when asked.
 */

import type { CallRecord } from '../ledger/call-record.ts';
import { ExactTotal } from './exact-total.ts';
import { Histogram } from './histogram.ts';

/** Seconds; from a cached answer to a long reasoning stream. */
export const latencyBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Seconds; the gateway's own share. */
export const overheadBounds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

/** Clients choose model names; past this many series further ones are counted together. */
const maxSeries = 2000;
const overflow = 'other';

export interface Series {
  readonly endpoint: string;
  readonly provider: string;
  readonly model: string;
  /** Calls by HTTP status. */
  readonly statuses: Map<number, number>;
  /** Failed calls by error code. */
  readonly errors: Map<string, number>;
  readonly tokens: Record<TokenKind, number>;
  readonly costNanoUsd: ExactTotal;
  /** Calls whose usage has no price. */
  costUnknown: number;
  readonly latency: Histogram;
  readonly timeToFirstToken: Histogram;
  readonly overhead: Histogram;
}

export const tokenKinds = ['input', 'cached_input', 'output', 'reasoning'] as const;
export type TokenKind = (typeof tokenKinds)[number];

export class Metrics {
  inFlight = 0;
  /** Calls refused, by whose limit it was and which: `key rpm`. */
  readonly refusals = new Map<string, number>();
  /** By whose budget it was. */
  readonly budgetWarnings = new Map<string, number>();
  ledgerIsAvailable = true;
  /** Records of calls that were not kept. */
  ledgerLost = 0;
  readonly #series = new Map<string, Series>();
  readonly #maxSeries: number;
  /** Where the last call was counted: most often the next one's place, too. */
  #last: Series | undefined;

  constructor(mostSeries = maxSeries) {
    this.#maxSeries = mostSeries;
  }

  get series(): Iterable<Series> {
    return this.#series.values();
  }

  budgetWarned(scope: string): void {
    this.budgetWarnings.set(scope, (this.budgetWarnings.get(scope) ?? 0) + 1);
  }

  /** `limit`: `rpm`, `tpm`, `parallel` or `budget`. */
  refused(scope: string, limit: string): void {
    const key = `${scope} ${limit}`;
    this.refusals.set(key, (this.refusals.get(key) ?? 0) + 1);
  }

  record(call: CallRecord): void {
    const series = this.#placeOf(call.endpoint, call.provider ?? '', call.model ?? '');
    series.statuses.set(call.status, (series.statuses.get(call.status) ?? 0) + 1);
    if (call.error !== undefined)
      series.errors.set(call.error.code, (series.errors.get(call.error.code) ?? 0) + 1);
    series.latency.observe(call.latencyMs / 1000);
    series.overhead.observe(call.overheadMs / 1000);
    if (call.timeToFirstTokenMs !== undefined)
      series.timeToFirstToken.observe(call.timeToFirstTokenMs / 1000);
    if (call.costNanoUsd !== undefined) series.costNanoUsd.add(call.costNanoUsd);
    if (call.costUnknown) series.costUnknown++;
    const usage = call.usage;
    if (usage === undefined) return;
    series.tokens.input += usage.inputTokens;
    series.tokens.output += usage.outputTokens;
    series.tokens.cached_input += usage.cachedInputTokens ?? 0;
    series.tokens.reasoning += usage.reasoningTokens ?? 0;
  }

  #placeOf(endpoint: string, provider: string, model: string): Series {
    const last = this.#last;
    if (last?.model === model && last.provider === provider && last.endpoint === endpoint) return last;
    this.#last = this.seriesFor(endpoint, provider, model);
    return this.#last;
  }

  seriesFor(endpoint: string, provider: string, model: string): Series {
    const key = `${endpoint}\n${provider}\n${model}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= this.#maxSeries && model !== overflow)
      return this.seriesFor(endpoint, provider, overflow);
    const series: Series = {
      endpoint,
      provider,
      model,
      statuses: new Map(),
      errors: new Map(),
      tokens: { input: 0, cached_input: 0, output: 0, reasoning: 0 },
      costNanoUsd: new ExactTotal(),
      costUnknown: 0,
      latency: new Histogram(latencyBounds),
      timeToFirstToken: new Histogram(latencyBounds),
      overhead: new Histogram(overheadBounds),
    };
    this.#series.set(key, series);
    return series;
  }
}
