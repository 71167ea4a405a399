/** Several workers are one gateway to whoever starts, calls, watches and stops it. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../support/bun-program.ts';
import { eventually } from '../../support/eventually.ts';
import { executable, type RunningGateway, startGateway } from '../../support/gateway.ts';
import { type EndlessUpstream, startEndlessUpstream } from '../keys/endless-upstream.ts';
import { administrationOf } from '../keys/stage.ts';
import { callOnce, childrenOf, enough, lives, statuses } from './stage.ts';

setDefaultTimeout(60_000);
const size = 4;
const demo = 'demo/echo';

async function metric(url: string, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { keepalive: false })).text();
  return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
}
const requests = /^opengateway_requests_total\{.*\} (\d+)$/gm;
const inFlight = /^opengateway_requests_in_flight (\d+)$/gm;

async function whole(gateway: RunningGateway): Promise<number[]> {
  await eventually(() => gateway.stderr().includes('try it'), 'the banner');
  return await eventually(() => {
    const workers = childrenOf(gateway.pid);
    return workers.length === size && workers;
  }, 'every worker');
}

/** Until nobody listens in place of those that died. */
async function serving(url: string): Promise<void> {
  for (let good = 0; good < enough; ) {
    const answer = await callOnce(url, demo).catch(() => undefined);
    good = answer?.status === 200 ? good + 1 : 0;
  }
}

describe('one gateway', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ env: { WORKERS: String(size) } });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  test('as many processes as asked for, and one banner', async () => {
    expect(await whole(gateway)).toHaveLength(size);
    expect(gateway.stderr().match(/OpenGateway \d/g)).toHaveLength(1);
    expect(gateway.stderr()).toMatch(/workers +4/);
    expect(gateway.stderr()).not.toContain('WORKERS is set');
  });

  test('whichever answers, the metrics are of all; each call has one whole line', async () => {
    const before = await metric(gateway.url, requests);
    const lines = gateway.logLines().length;
    expect(await statuses(gateway.url, demo)).toEqual({ 200: enough });
    const answers = await Promise.all(Array.from({ length: 12 }, () => metric(gateway.url, requests)));
    expect(answers).toEqual(answers.map(() => before + enough));
    expect(await metric(gateway.url, inFlight)).toBe(0);
    await eventually(() => gateway.logLines().length === lines + enough, 'the lines');
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
  });

  test('long lines of several workers at once stay whole', async () => {
    const model = `m-${'ü'.repeat(20_000)}`;
    const lines = gateway.logLines().length;
    expect(await statuses(gateway.url, model)).toEqual({ 404: enough });
    const ours = await eventually(() => {
      const all = gateway.logLines().slice(lines);
      return all.length === enough && all;
    }, 'the lines');
    expect(ours.every((line) => line.requested_model === model)).toBe(true);
  });

  test('a worker that is killed is replaced, and what it had counted is not forgotten', async () => {
    const [victim = 0, ...others] = await whole(gateway);
    const before = await metric(gateway.url, requests);
    process.kill(victim, 'SIGKILL');
    const workers = await eventually(() => {
      const now = childrenOf(gateway.pid);
      return now.length === size && !now.includes(victim) && now;
    }, 'another worker');
    expect(others.every((pid) => workers.includes(pid))).toBe(true);
    await serving(gateway.url);
    expect(await metric(gateway.url, requests)).toBeGreaterThanOrEqual(before + enough);
    const said = gateway.logLines().find((line) => line.event === 'worker.ended');
    expect(said).toMatchObject({ pid: victim, signal: 'SIGKILL', level: 'error' });
  });

  test('a second gateway finds the port taken, with one worker or several', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'opengateway-workers-'));
    for (const workers of ['1', '4']) {
      const env = { WORKERS: workers, HOST: '127.0.0.1', PORT: String(gateway.port) };
      const { code, err } = await run([executable], directory, env);
      expect([code, err]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
    }
    rmSync(directory, { recursive: true });
  });

  test('a second gateway on its data directory is refused', async () => {
    for (const workers of ['1', '4']) {
      const env = { WORKERS: workers, PORT: '0', OPENGATEWAY_DATA_DIR: join(gateway.dir, 'data') };
      const { code, err } = await run([executable], gateway.dir, env);
      expect([code, err]).toEqual([1, expect.stringContaining('another gateway is using it')]);
    }
  });
});

test.each([
  ['-1', 2],
  ['many', 2],
  ['257', 2],
])('WORKERS=%s ends with %i', async (workers, code) => {
  const ended = await run([executable], tmpdir(), { WORKERS: workers, PORT: '0' });
  expect([ended.code, ended.err]).toEqual([code, expect.stringContaining('WORKERS')]);
});

test('a worker nobody owns does not serve', async () => {
  const ended = await run([executable], tmpdir(), { OPENGATEWAY_WORKER: '8080' });
  expect([ended.code, ended.err]).toEqual([2, expect.stringContaining('started by the gateway alone')]);
});

describe('with streams under way', () => {
  let upstream: EndlessUpstream;
  let gateway: RunningGateway;
  beforeAll(() => {
    upstream = startEndlessUpstream();
  });
  afterAll(() => upstream.stop());

  const start = async (timeouts: object = {}) => {
    gateway = await startGateway({
      env: { WORKERS: String(size) },
      config: { timeouts, providers: { endless: { baseUrl: upstream.url, dialects: ['openai-chat'] } } },
    });
    return gateway;
  };
  const openStream = async (model: string, key?: string) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, connection: 'close' },
      keepalive: false,
      body: JSON.stringify({ model: `endless/${model}`, messages: [], stream: true }),
    });
    expect(response.status).toBe(200);
    return response;
  };

  test('what is done to a key through one worker holds in all within a second, open streams included', async () => {
    const { url, stop } = await start();
    const admin = administrationOf(url);
    try {
      const { json } = await admin('POST', '/admin/keys', { name: 'k' });
      const key = String(json.key);
      expect(await statuses(url, 'endless/m', key)).toEqual({ 200: enough });
      await admin('PATCH', `/admin/keys/${json.id}`, { disabled: true });
      await Bun.sleep(1000);
      expect(await statuses(url, 'endless/m', key)).toEqual({ 401: enough });
      await admin('PATCH', `/admin/keys/${json.id}`, { disabled: false });
      await Bun.sleep(1000);
      expect(await statuses(url, 'endless/m', key)).toEqual({ 200: enough });
      const streams = await Promise.all(
        Array.from({ length: enough }, (_, nth) => openStream(`s-${nth}`, key)),
      );
      const texts = Promise.all(streams.map((stream) => stream.text()));
      await admin('DELETE', `/admin/keys/${json.id}`);
      const changedAtMs = performance.now();
      for (const text of await texts) expect(text).toContain('"code":"invalid_api_key"');
      const tookMs = performance.now() - changedAtMs;
      process.stdout.write(
        `${enough} streams of ${size} workers ended ${tookMs.toFixed(0)} ms after their key\n`,
      );
      await Bun.sleep(1000);
      expect(await statuses(url, 'endless/m', key)).toEqual({ 401: enough });
    } finally {
      await stop();
    }
  });

  test('SIGTERM lets calls end, at most as long as they may; then nothing is left', async () => {
    const { pid, url, stop } = await start({ drainMs: 2000 });
    const { json } = await administrationOf(url)('POST', '/admin/keys', { name: 'k' });
    const workers = await whole(gateway);
    const long = await openStream('drained', String(json.key));
    const text = long.text().catch(() => 'cut');
    process.kill(pid, 'SIGTERM');
    await eventually(() => gateway.stderr().includes('finishing calls'), 'the message');
    expect(gateway.stderr().match(/finishing calls/g)).toHaveLength(1);
    // Nobody takes new ones meanwhile.
    await Bun.sleep(300);
    expect(await callOnce(url, demo).catch(() => 'refused')).toBe('refused');
    expect(lives(pid)).toBe(true);
    expect(upstream.isOpen('drained')).toBe(true);
    await text;
    await eventually(() => !workers.some(lives) && !lives(pid), 'the end of all');
    expect(await stop()).toBe(0);
  });

  test('a terminal that interrupts all of them at once ends them in order', async () => {
    const { pid, stop } = await start();
    const workers = await whole(gateway);
    for (const each of [...workers, pid]) process.kill(each, 'SIGINT');
    await eventually(() => !workers.some(lives) && !lives(pid), 'the end of all');
    expect(await stop()).toBe(0);
    expect(gateway.logLines().filter((line) => line.event === 'worker.ended')).toEqual([]);
  });

  test('a signal that comes while workers start ends them in order, too', async () => {
    const { stop } = await start();
    expect(await stop()).toBe(0);
  });

  test('workers do not outlive their owner', async () => {
    const { pid, stop } = await start();
    const workers = await whole(gateway);
    process.kill(pid, 'SIGKILL');
    await eventually(() => !workers.some(lives), 'the end of the workers');
    await stop();
  });
});
