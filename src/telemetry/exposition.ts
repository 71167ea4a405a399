/** The metrics in Prometheus' text format, written by prom-client, which is loaded when first asked. */
import type { Histogram } from './histogram.ts';
import { latencyBounds, type Metrics, overheadBounds, type Series, tokenKinds } from './metrics.ts';

type Labels = Record<string, string | number>;
interface Value {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

function labelsOf(series: Series): Labels {
  return { endpoint: series.endpoint, provider: series.provider, model: series.model };
}

function histogramValues(
  name: string,
  bounds: readonly number[],
  histogram: Histogram,
  labels: Labels,
): Value[] {
  let below = 0;
  const buckets = [...bounds.map(String), '+Inf'].map((le, position) => {
    below += histogram.counts[position] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: histogram.sum },
    { metricName: `${name}_count`, labels, value: histogram.count },
  ];
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: () => Value[];
}

function families(metrics: Metrics, version: string, residentBytes: number): Family[] {
  const all = () => [...metrics.series];
  const histogram = (
    name: string,
    help: string,
    bounds: readonly number[],
    pick: (s: Series) => Histogram,
  ): Family => ({
    name,
    help,
    type: 'histogram',
    values: () =>
      all()
        .filter((series) => pick(series).count > 0)
        .flatMap((series) => histogramValues(name, bounds, pick(series), labelsOf(series))),
  });
  return [
    {
      name: 'opengateway_requests_total',
      help: 'Calls by endpoint, provider, model and HTTP status.',
      type: 'counter',
      values: () =>
        all().flatMap((series) =>
          [...series.statuses].map(([status, value]) => ({ labels: { ...labelsOf(series), status }, value })),
        ),
    },
    {
      name: 'opengateway_errors_total',
      help: 'Failed calls by error code.',
      type: 'counter',
      values: () =>
        all().flatMap((series) =>
          [...series.errors].map(([code, value]) => ({ labels: { ...labelsOf(series), code }, value })),
        ),
    },
    {
      name: 'opengateway_tokens_total',
      help: 'Tokens the providers reported; input includes cached_input, output includes reasoning.',
      type: 'counter',
      values: () =>
        all().flatMap((series) =>
          tokenKinds
            .filter((kind) => series.tokens[kind] > 0)
            .map((kind) => ({ labels: { ...labelsOf(series), kind }, value: series.tokens[kind] })),
        ),
    },
    {
      name: 'opengateway_cost_usd_total',
      help: 'What calls cost, US dollars, at the prices known here.',
      type: 'counter',
      values: () =>
        all()
          .filter((series) => series.costNanoUsd.value > 0n)
          .map((series) => ({ labels: labelsOf(series), value: Number(series.costNanoUsd.value) / 1e9 })),
    },
    {
      name: 'opengateway_cost_unknown_total',
      help: 'Calls that consumed something nobody has a price for.',
      type: 'counter',
      values: () =>
        all()
          .filter((series) => series.costUnknown > 0)
          .map((series) => ({ labels: labelsOf(series), value: series.costUnknown })),
    },
    {
      name: 'opengateway_limit_refusals_total',
      help: 'Calls refused, by whose limit or budget it was and which.',
      type: 'counter',
      values: () =>
        [...metrics.refusals].map(([key, value]) => {
          const [scope = '', limit = ''] = key.split(' ');
          return { labels: { scope, limit }, value };
        }),
    },
    {
      name: 'opengateway_budget_warnings_total',
      help: 'Times a budget passed one of its `warn_at`, by whose it was.',
      type: 'counter',
      values: () => [...metrics.budgetWarnings].map(([scope, value]) => ({ labels: { scope }, value })),
    },
    histogram(
      'opengateway_request_duration_seconds',
      'From the first byte in to the last byte out.',
      latencyBounds,
      (s) => s.latency,
    ),
    histogram(
      'opengateway_time_to_first_token_seconds',
      'From the first byte in to the first byte of a stream out.',
      latencyBounds,
      (s) => s.timeToFirstToken,
    ),
    histogram(
      'opengateway_overhead_seconds',
      'The gateway’s own share of a call, without the wait for the provider.',
      overheadBounds,
      (s) => s.overhead,
    ),
    {
      name: 'opengateway_requests_in_flight',
      help: 'Calls under way.',
      type: 'gauge',
      values: () => [{ labels: {}, value: metrics.inFlight }],
    },
    {
      name: 'opengateway_ledger_available',
      help: '1 while the records of calls can be kept, else 0.',
      type: 'gauge',
      values: () => [{ labels: {}, value: Number(metrics.ledgerIsAvailable) }],
    },
    {
      name: 'opengateway_ledger_lost_total',
      help: 'Records of calls that will never be kept, since nothing could be kept for too long.',
      type: 'counter',
      values: () => [{ labels: {}, value: metrics.ledgerLost }],
    },
    {
      name: 'opengateway_build_info',
      help: 'Always 1; the version is in the label.',
      type: 'gauge',
      values: () => [{ labels: { version }, value: 1 }],
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory size in bytes.',
      type: 'gauge',
      values: () => [{ labels: {}, value: residentBytes }],
    },
  ];
}

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** `residentBytes`: of all processes the metrics are of. */
export async function expose(
  metrics: Metrics,
  version: string,
  residentBytes = process.memoryUsage.rss(),
): Promise<Exposition> {
  const { Registry } = await import('prom-client');
  const registry = new Registry();
  for (const family of families(metrics, version, residentBytes)) {
    const { name, help, type, values } = family;
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum' as const,
      get: async () => ({ name, help, type, aggregator: 'sum', values: values() }),
    };
    registry.registerMetric(metric as unknown as Parameters<typeof registry.registerMetric>[0]);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}
