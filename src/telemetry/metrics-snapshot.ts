/** What one process has counted, as plain data that can be sent and added up. */
import type { Histogram } from './histogram.ts';
import { Metrics, type Series, type TokenKind, tokenKinds } from './metrics.ts';

interface HistogramSnapshot {
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

interface SeriesSnapshot {
  readonly endpoint: string;
  readonly provider: string;
  readonly model: string;
  readonly statuses: readonly (readonly [number, number])[];
  readonly errors: readonly (readonly [string, number])[];
  readonly tokens: Readonly<Record<TokenKind, number>>;
  /** Decimal digits: it may be more than a number holds. */
  readonly costNanoUsd: string;
  readonly costUnknown: number;
  readonly latency: HistogramSnapshot;
  readonly timeToFirstToken: HistogramSnapshot;
  readonly overhead: HistogramSnapshot;
}

export interface MetricsSnapshot {
  readonly inFlight: number;
  readonly residentBytes: number;
  readonly refusals: readonly (readonly [string, number])[];
  readonly budgetWarnings: readonly (readonly [string, number])[];
  readonly ledgerIsAvailable: boolean;
  readonly ledgerLost: number;
  readonly series: readonly SeriesSnapshot[];
}

function histogramSnapshot({ counts, sum, count }: Histogram): HistogramSnapshot {
  return { counts: [...counts], sum, count };
}

export function snapshotOf(metrics: Metrics, residentBytes: number): MetricsSnapshot {
  const series = [...metrics.series].map((one) => ({
    ...one,
    statuses: [...one.statuses],
    errors: [...one.errors],
    costNanoUsd: String(one.costNanoUsd.value),
    latency: histogramSnapshot(one.latency),
    timeToFirstToken: histogramSnapshot(one.timeToFirstToken),
    overhead: histogramSnapshot(one.overhead),
  }));
  return {
    inFlight: metrics.inFlight,
    residentBytes,
    refusals: [...metrics.refusals],
    budgetWarnings: [...metrics.budgetWarnings],
    ledgerIsAvailable: metrics.ledgerIsAvailable,
    ledgerLost: metrics.ledgerLost,
    series,
  };
}

function addHistogram(to: Histogram, { counts, sum, count }: HistogramSnapshot): void {
  for (const [at, value] of counts.entries()) to.counts[at] = (to.counts[at] ?? 0) + value;
  to.sum += sum;
  to.count += count;
}

function addCounts<Key>(to: Map<Key, number>, from: readonly (readonly [Key, number])[]): void {
  for (const [key, value] of from) to.set(key, (to.get(key) ?? 0) + value);
}

function addSeries(to: Series, from: SeriesSnapshot): void {
  addCounts(to.statuses, from.statuses);
  addCounts(to.errors, from.errors);
  for (const kind of tokenKinds) to.tokens[kind] += from.tokens[kind];
  to.costNanoUsd.addExactly(BigInt(from.costNanoUsd));
  to.costUnknown += from.costUnknown;
  addHistogram(to.latency, from.latency);
  addHistogram(to.timeToFirstToken, from.timeToFirstToken);
  addHistogram(to.overhead, from.overhead);
}

/** The sum of all; each has bounded its own series. */
export function sumOf(snapshots: readonly MetricsSnapshot[]): Metrics {
  const sum = new Metrics(Number.POSITIVE_INFINITY);
  for (const { inFlight, refusals, budgetWarnings, ledgerIsAvailable, ledgerLost, series } of snapshots) {
    sum.inFlight += inFlight;
    sum.ledgerIsAvailable &&= ledgerIsAvailable;
    sum.ledgerLost += ledgerLost;
    addCounts(sum.refusals, refusals);
    addCounts(sum.budgetWarnings, budgetWarnings);
    for (const one of series) addSeries(sum.seriesFor(one.endpoint, one.provider, one.model), one);
  }
  return sum;
}
