/** Metrics as Prometheus reads them: every line readable, buckets cumulative, labels escaped, series bounded. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { expose } from '../../src/telemetry/exposition.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { readSamples, type Sample } from './prometheus.ts';
import { recordOf } from './record.ts';

const samplesOf = async (metrics: Metrics) => readSamples((await expose(metrics, '1.2.3')).text);
const find = (samples: readonly Sample[], name: string, labels: Record<string, string> = {}) =>
  samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );

function filled(): Metrics {
  const metrics = new Metrics();
  metrics.record(recordOf());
  metrics.record(recordOf({ latencyMs: 70, timeToFirstTokenMs: 40, overheadMs: 0.01, stream: true }));
  metrics.record(
    recordOf({ status: 504, error: new GatewayError('upstream_timeout', 'm'), usage: undefined }),
  );
  metrics.record(recordOf({ model: undefined, provider: undefined, status: 401, usage: undefined }));
  metrics.inFlight = 2;
  return metrics;
}

test('what is counted is told', async () => {
  const samples = await samplesOf(filled());
  expect(find(samples, 'opengateway_requests_total', { model: 'm', status: '200' })[0]?.value).toBe(2);
  expect(find(samples, 'opengateway_requests_total', { model: '', status: '401' })[0]?.value).toBe(1);
  expect(find(samples, 'opengateway_errors_total')).toMatchObject([
    { labels: { code: 'upstream_timeout' }, value: 1 },
  ]);
  expect(find(samples, 'opengateway_tokens_total', { kind: 'input' })[0]?.value).toBe(6);
  expect(find(samples, 'opengateway_tokens_total', { kind: 'output' })[0]?.value).toBe(8);
  expect(find(samples, 'opengateway_requests_in_flight')[0]?.value).toBe(2);
  expect(find(samples, 'opengateway_build_info')).toMatchObject([{ labels: { version: '1.2.3' }, value: 1 }]);
  expect(find(samples, 'process_resident_memory_bytes')[0]?.value).toBeGreaterThan(1e6);
});

test('the content type is that of the text format', async () => {
  expect((await expose(new Metrics(), '1')).contentType).toStartWith('text/plain; version=0.0.4');
});

test('a gateway that has seen nothing still says so readably', async () => {
  const samples = await samplesOf(new Metrics());
  expect(find(samples, 'opengateway_requests_in_flight')[0]?.value).toBe(0);
  expect(find(samples, 'opengateway_requests_total')).toEqual([]);
});

describe.each([
  ['opengateway_request_duration_seconds', 3],
  ['opengateway_time_to_first_token_seconds', 1],
  ['opengateway_overhead_seconds', 3],
])('%s', (name, count) => {
  test('has cumulative buckets that end in the count', async () => {
    const samples = await samplesOf(filled());
    const buckets = find(samples, `${name}_bucket`, { model: 'm' });
    const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('+Inf', 'Infinity')));
    const values = buckets.map(({ value }) => value);
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
    expect(bounds.at(-1)).toBe(Number.POSITIVE_INFINITY);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.at(-1)).toBe(count);
    expect(find(samples, `${name}_count`, { model: 'm' })[0]?.value).toBe(count);
    expect(find(samples, `${name}_sum`, { model: 'm' })[0]?.value).toBeGreaterThan(0);
  });
});

test.each(['a"b', 'a\\b', 'a\nb', 'a\\"\n', '{x="y"}', '😀', '# HELP x', 'x} 7'])(
  'the model %j is one label, escaped',
  async (model) => {
    const metrics = new Metrics();
    metrics.record(recordOf({ model }));
    expect(find(await samplesOf(metrics), 'opengateway_requests_total', { model })).toHaveLength(1);
  },
);

describe('the number of series', () => {
  test('is bounded: past the bound further models are counted together, and none is lost', async () => {
    const metrics = new Metrics();
    for (let model = 0; model < 5000; model++) metrics.record(recordOf({ model: `m${model}` }));
    const rows = find(await samplesOf(metrics), 'opengateway_requests_total');
    expect(rows.length).toBeLessThanOrEqual(2001);
    expect(rows.reduce((sum, { value }) => sum + value, 0)).toBe(5000);
    expect(rows.find(({ labels }) => labels.model === 'other')?.value).toBe(3000);
  });

  test('a model seen before the bound keeps its own', () => {
    const metrics = new Metrics();
    for (let model = 0; model < 3000; model++) metrics.record(recordOf({ model: `m${model}` }));
    metrics.record(recordOf({ model: 'm7' }));
    expect([...metrics.series].find((series) => series.model === 'm7')?.statuses.get(200)).toBe(2);
  });
});
