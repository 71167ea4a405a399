/** Limits, budgets and the ledger are exact whichever of four workers is asked, and whatever becomes of one of them. */
import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';
import { pricedModel as model, priceUsd, startHeldUpstream } from '../../support/held-upstream.ts';
import { administrationOf } from '../keys/stage.ts';
import { callOnce, childrenOf, lives } from './stage.ts';

setDefaultTimeout(120_000);

const upstream = startHeldUpstream();
let gateway: RunningGateway;
let admin: ReturnType<typeof administrationOf>;
beforeAll(async () => {
  gateway = await startGateway({
    env: { WORKERS: '4', ...upstream.env },
    config: upstream.config,
  });
  await eventually(() => gateway.stderr().includes('try it'), 'the banner');
  admin = administrationOf(gateway.url);
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

interface Made {
  readonly id: string;
  readonly key: string;
}

async function keyWith(caps: object): Promise<Made> {
  const { json, status } = await admin('POST', '/admin/keys', { name: 'k', ...caps });
  expect(status).toBe(201);
  return { id: String(json.id), key: String(json.key) };
}

interface Standing {
  readonly spent_usd: number;
  readonly reserved_usd: number;
}

/** Over a connection of its own: from whichever worker. */
async function budgetOf(id: string): Promise<Standing | undefined> {
  const response = await fetch(`${gateway.url}/admin/keys/${id}`, {
    headers: { authorization: `Bearer ${rootKey}`, connection: 'close' },
    keepalive: false,
  });
  const { budgets } = (await response.json()) as { budgets: Standing[] };
  return budgets[0];
}

async function standing(id: string, expected: Partial<Standing>): Promise<void> {
  for (let asked = 0; asked < 8; asked++) expect(await budgetOf(id)).toMatchObject(expected);
}

describe('100 calls at once, each over a connection of its own', () => {
  const caps: [what: string, caps: object][] = [
    ['$0.10 each, in $5,', { budgets: [{ limit_usd: 5, window: 'day' }] }],
    ['requests a minute', { limits: { rpm: 50 } }],
    ['calls at once', { limits: { parallel: 50 } }],
    [
      'all of these together',
      { limits: { rpm: 60, parallel: 50 }, budgets: [{ limit_usd: 5, window: 'total' }] },
    ],
  ];
  test.each(caps)('against 50 of %s: exactly 50 reach the upstream', async (what, given) => {
    const { id, key } = await keyWith(given);
    const release = upstream.hold();
    upstream.state.reached = 0;
    const counts: Record<number, number> = {};
    let refused = 0;
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const response = await callOnce(gateway.url, model, key);
        await response.text();
        counts[response.status] = (counts[response.status] ?? 0) + 1;
        // Nobody gets an answer before everybody has asked.
        if (response.status === 429 && ++refused === 50) release();
      }),
    );
    expect(counts).toEqual({ 200: 50, 429: 50 });
    expect(upstream.state.reached).toBe(50);
    if ('budgets' in given) await standing(id, { spent_usd: 5, reserved_usd: 0 });
    const after = await callOnce(gateway.url, model, key);
    expect(after.status).toBe(what === 'calls at once' ? 200 : 429);
    await after.text();
  });
});

test('while the owner is frozen nothing goes out that it would have to count; afterwards all is as before', async () => {
  const { id, key } = await keyWith({ budgets: [{ limit_usd: 5, window: 'day' }] });
  expect((await callOnce(gateway.url, model, key)).status).toBe(200);
  await standing(id, { spent_usd: priceUsd, reserved_usd: 0 });
  upstream.state.reached = 0;
  process.kill(gateway.pid, 'SIGSTOP');
  try {
    const calls = await Promise.all(Array.from({ length: 40 }, () => callOnce(gateway.url, model, key)));
    for (const response of calls) {
      expect(response.status).toBe(503);
      expect(await response.text()).toContain('storage_unavailable');
    }
    expect(upstream.state.reached).toBe(0);
  } finally {
    process.kill(gateway.pid, 'SIGCONT');
  }
  await eventually(() => lives(gateway.pid), 'the owner');
  for (let served = 0; served < 8; ) {
    const { status } = await callOnce(gateway.url, model, key);
    served = status === 200 ? served + 1 : 0;
    if (status !== 200) await Bun.sleep(100);
  }
  const budget = await budgetOf(id);
  expect(budget?.reserved_usd).toBe(0);
  expect(budget?.spent_usd).toBe(Number(((1 + upstream.state.reached) * priceUsd).toFixed(9)));
});

/** What the ledger has, read from its own files. */
function entries(): { id: string; cost: number }[] {
  const directory = join(gateway.dir, 'data', 'opengateway.ledger');
  return readdirSync(directory)
    .filter((name) => /^\d{4}-\d{2}\.db$/.test(name))
    .flatMap((name) => {
      const database = new Database(join(directory, name), { readonly: true });
      const rows = database.query('SELECT id, cost_nano_usd AS cost FROM entries').all();
      database.close();
      return rows as { id: string; cost: number }[];
    });
}

describe('a worker that is killed', () => {
  test('frees what its calls held within a second; the others serve on', async () => {
    const { id, key } = await keyWith({
      limits: { parallel: 80 },
      budgets: [{ limit_usd: 8, window: 'day' }],
    });
    await eventually(() => childrenOf(gateway.pid).length === 4, 'four workers');
    const release = upstream.hold();
    upstream.state.reached = 0;
    const calls = Array.from({ length: 80 }, () =>
      callOnce(gateway.url, model, key).then(
        async (response) => {
          await response.text();
          return response.status;
        },
        () => 'cut' as const,
      ),
    );
    await eventually(() => upstream.state.reached === 80, 'all at the upstream');
    await standing(id, { spent_usd: 0, reserved_usd: 8 });
    expect((await callOnce(gateway.url, model, key)).status).toBe(429);
    const [victim = 0] = childrenOf(gateway.pid);
    process.kill(victim, 'SIGKILL');
    const killedAtMs = performance.now();
    const freed = await (async () => {
      for (;;) {
        const budget = await budgetOf(id).catch(() => undefined);
        if (budget !== undefined && budget.reserved_usd < 8) return budget;
      }
    })();
    const tookMs = performance.now() - killedAtMs;
    release();
    const ended = await Promise.all(calls);
    const cut = ended.filter((status) => status === 'cut').length;
    expect(cut).toBeGreaterThan(0);
    expect(ended.filter((status) => status === 200)).toHaveLength(80 - cut);
    expect(freed.reserved_usd).toBeCloseTo((80 - cut) * priceUsd, 9);
    process.stdout.write(
      `what ${cut} calls held was free ${tookMs.toFixed(0)} ms after their worker was killed\n`,
    );
    const spent = Number(((80 - cut) * priceUsd).toFixed(9));
    await standing(id, { spent_usd: spent, reserved_usd: 0 });
    // As many as were cut may go again.
    expect((await callOnce(gateway.url, model, key)).status).toBe(200);
  });

  test('under load, again and again: no acknowledged entry is lost, and counts are what the ledger says', async () => {
    const { id, key } = await keyWith({ budgets: [{ limit_usd: 100_000, window: 'day' }] });
    upstream.state.gate = Promise.resolve();
    const acknowledged: string[] = [];
    let isOver = false;
    let cut = 0;
    const callers = Array.from({ length: 24 }, async () => {
      while (!isOver)
        try {
          const response = await callOnce(gateway.url, model, key);
          await response.text();
          expect(response.status).toBe(200);
          acknowledged.push(String(response.headers.get('x-request-id')));
        } catch (thrown) {
          if (!(thrown instanceof Error) || !('code' in thrown)) throw thrown;
          cut++;
        }
    });
    for (let kills = 0; kills < 5; kills++) {
      const from = acknowledged.length;
      await eventually(() => acknowledged.length > from + 100, 'calls');
      const workers = await eventually(() => {
        const all = childrenOf(gateway.pid);
        return all.length === 4 && all;
      }, 'four workers');
      process.kill(workers[kills % workers.length] ?? 0, 'SIGKILL');
    }
    await eventually(() => childrenOf(gateway.pid).length === 4, 'four workers');
    isOver = true;
    await Promise.all(callers);
    const kept = await eventually(() => {
      const all = entries();
      return acknowledged.every((one) => all.some((entry) => entry.id === one)) && all;
    }, 'every acknowledged entry');
    expect(new Set(kept.map((entry) => entry.id)).size).toBe(kept.length);
    const budget = await budgetOf(id);
    expect(budget?.reserved_usd).toBe(0);
    // Those that were cut after they had been written are in both, or in neither.
    const before = acknowledged.length * priceUsd;
    expect(budget?.spent_usd).toBeGreaterThanOrEqual(Number(before.toFixed(9)));
    expect(budget?.spent_usd).toBeLessThanOrEqual(Number((before + cut * priceUsd).toFixed(9)));
    process.stdout.write(
      `5 workers killed under load: ${acknowledged.length} calls acknowledged, ${cut} cut\n`,
    );
    // The gateway started anew counts from the ledger alone.
    const spent = budget?.spent_usd;
    const dataDir = join(gateway.dir, 'data');
    process.kill(gateway.pid, 'SIGKILL');
    await eventually(() => childrenOf(gateway.pid).length === 0, 'the end of all');
    const again = await startGateway({ env: { WORKERS: '4', OPENGATEWAY_DATA_DIR: dataDir } });
    try {
      const { json } = await administrationOf(again.url)('GET', `/admin/keys/${id}`);
      expect(json.budgets).toMatchObject([{ spent_usd: spent, reserved_usd: 0 }]);
    } finally {
      await again.stop();
    }
  });
});
