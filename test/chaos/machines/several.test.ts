/** Three gateways on one PostgreSQL and one Redis: as exact as one, and none of them knows less than the others. */
import { afterAll, beforeAll, describe, test as every, expect, setDefaultTimeout } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administrationOf } from '../../e2e/keys/stage.ts';
import { callOnce } from '../../e2e/workers/stage.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { pricedModel as model, startHeldUpstream } from '../../support/held-upstream.ts';
import { newSchema, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { RedisServer, whyNoRedisServer } from '../../support/redis.ts';
import { expectWholeLedger } from './ledger-check.ts';
import { startLoad } from './load.ts';

setDefaultTimeout(240_000);
const missing = whyNoPostgres() ?? whyNoRedisServer();
const test = every.skipIf(missing !== undefined);
const rounds = 21;
const clients = 9;

let schema: Schema;
let redis: RedisServer;
let dirs: string[];
let gateways: RunningGateway[];
const upstream = startHeldUpstream();

async function start(dataDir: string): Promise<RunningGateway> {
  return await startGateway({
    env: {
      ...upstream.env,
      DATABASE_URL: schema.url,
      REDIS_URL: redis.url,
      OPENGATEWAY_SECRET: 'a secret of the tests',
      OPENGATEWAY_DATA_DIR: dataDir,
    },
    config: upstream.config,
  });
}

beforeAll(async () => {
  if (missing !== undefined) return;
  [schema, redis] = await Promise.all([newSchema(), RedisServer.start()]);
  dirs = [0, 1, 2].map(() => mkdtempSync(join(tmpdir(), 'opengateway-machine-')));
  gateways = await Promise.all(dirs.map(start));
});
afterAll(async () => {
  await upstream.stop();
  if (missing !== undefined) return;
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await schema.remove();
  redis.stop();
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

const urls = () => gateways.map(({ url }) => url);
const at = (nth: number) => administrationOf(urls()[nth % 3] ?? '');

async function keyWith(caps: object): Promise<{ id: string; key: string }> {
  const { json, status } = await at(0)('POST', '/admin/keys', { name: 'k', ...caps });
  expect(status).toBe(201);
  return { id: String(json.id), key: String(json.key) };
}

describe(missing === undefined ? 'three gateways' : `three gateways (skipped: ${missing})`, () => {
  test.each([
    ['$0.10 each, in $5,', { budgets: [{ limit_usd: 5, window: 'day' }] }],
    ['requests a minute', { limits: { rpm: 50 } }],
    ['calls at once', { limits: { parallel: 50 } }],
  ] as const)('100 calls at once against 50 of %s: exactly 50 reach the upstream', async (_what, caps) => {
    const { id, key } = await keyWith(caps);
    const release = upstream.hold();
    upstream.state.reached = 0;
    const counts: Record<number, number> = {};
    let refused = 0;
    await Promise.all(
      Array.from({ length: 100 }, async (_, nth) => {
        const response = await callOnce(urls()[nth % 3] ?? '', model, key);
        await response.text();
        counts[response.status] = (counts[response.status] ?? 0) + 1;
        // Nobody gets an answer before everybody has asked.
        if (response.status === 429 && ++refused === 50) release();
      }),
    );
    expect(counts).toEqual({ 200: 50, 429: 50 });
    expect(upstream.state.reached).toBe(50);
    if (!('budgets' in caps)) return;
    for (let nth = 0; nth < 3; nth++)
      expect((await at(nth)('GET', `/admin/keys/${id}`)).json.budgets).toMatchObject([
        { spent_usd: 5, reserved_usd: 0 },
      ]);
  });

  test('a key made at one opens the others; disabled, raised and revoked at one, it is so at all', async () => {
    const { id, key } = await keyWith({});
    const statuses = async () =>
      await Promise.all(urls().map(async (url) => (await callOnce(url, model, key)).status));
    const becomes = async (expected: number) => {
      let said: number[] = [];
      await eventually(() => {
        void statuses().then((all) => {
          said = all;
        });
        return said.length === 3 && said.every((status) => status === expected);
      }, `all answer ${expected}`);
    };
    await becomes(200);
    await at(1)('PATCH', `/admin/keys/${id}`, { disabled: true });
    await becomes(401);
    await at(2)('PATCH', `/admin/keys/${id}`, { disabled: false });
    await becomes(200);
    await at(1)('DELETE', `/admin/keys/${id}`);
    await becomes(401);
  });

  const outages = [
    ['frozen', () => redis.freeze(), async () => redis.thaw()],
    ['killed, and empty when it is back', () => redis.kill(), () => redis.resume()],
  ] as const;
  test.each(outages)(
    'Redis %s under load: what has a budget is refused, what has none goes on, and the counts are the ledger’s',
    async (_how, goAway, comeBack) => {
      const { id, key } = await keyWith({ budgets: [{ limit_usd: 1_000_000, window: 'total' }] });
      const { key: free } = await keyWith({});
      const load = startLoad(urls, key, 9);
      try {
        await load.more(200);
        await goAway();
        try {
          await eventually(() => (load.statuses.get(503) ?? 0) > 50, 'calls are refused');
          const { reached } = upstream.state;
          const refused = load.statuses.get(503) ?? 0;
          await eventually(() => (load.statuses.get(503) ?? 0) > refused + 100, 'more are refused');
          expect(upstream.state.reached).toBe(reached);
          for (const url of urls()) expect((await callOnce(url, model, free)).status).toBe(200);
        } finally {
          await comeBack();
        }
        await load.more(200);
      } finally {
        await load.stop();
      }
      let standing: { spent_usd?: number; reserved_usd?: number } = {};
      const giveUpAtMs = Date.now() + 70_000;
      while (standing.reserved_usd !== 0 && Date.now() < giveUpAtMs) {
        await Bun.sleep(250);
        const { json } = await at(1)('GET', `/admin/keys/${id}`);
        [standing = {}] = json.budgets as (typeof standing)[];
      }
      // What is asked for moves the entries of one gateway alone; the others' follow within the second.
      let calls = 0;
      await eventually(() => {
        void schema.ask(`SELECT COUNT(*) AS calls FROM calls WHERE key_id = '${id}'`).then(([row]) => {
          calls = Number(row?.calls);
        });
        return calls >= load.acknowledged.filter((each) => each !== '').length;
      }, 'the ledger has all of them');
      expect(standing).toMatchObject({ reserved_usd: 0, spent_usd: calls / 10 });
    },
  );

  test(`killed under load in turn, ${rounds} times: nothing acknowledged is lost or there twice, nothing stays held`, async () => {
    const before = await schema.ask('SELECT COUNT(*) AS calls FROM calls');
    expect(Number(before[0]?.calls)).toBeGreaterThan(0);
    const { id, key } = await keyWith({
      limits: { parallel: 1000 },
      budgets: [{ limit_usd: 1_000_000, window: 'total' }],
    });
    const down = new Set<number>();
    const load = startLoad(() => urls().filter((_, nth) => !down.has(nth)), key, clients);
    try {
      for (let round = 0; round < rounds; round++) {
        await load.more(20 + 7 * round);
        const nth = round % 3;
        const [gateway, dir] = [gateways[nth], dirs[nth]];
        if (gateway === undefined || dir === undefined) throw new Error('there is none');
        down.add(nth);
        process.kill(gateway.pid, 'SIGKILL');
        await gateway.stop();
        gateways[nth] = await start(dir);
        down.delete(nth);
      }
      await load.more(100);
    } finally {
      await load.stop();
    }
    let standing: { spent_usd?: number; reserved_usd?: number } = {};
    const giveUpAtMs = Date.now() + 70_000;
    while (standing.reserved_usd !== 0 && Date.now() < giveUpAtMs) {
      await Bun.sleep(250);
      const { json } = await at(0)('GET', `/admin/keys/${id}`);
      [standing = {}] = json.budgets as (typeof standing)[];
    }
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    const entries = await schema.ask(`SELECT COUNT(*) AS calls FROM calls WHERE key_id = '${id}'`);
    const calls = Number(entries[0]?.calls);
    // A call that was counted and not kept when its gateway was killed: nobody was told of it, and Redis counts it.
    const spent = Math.round(Number(standing.spent_usd) * 10);
    expect(standing.reserved_usd).toBe(0);
    expect(spent - calls).toBeGreaterThanOrEqual(0);
    expect(spent - calls).toBeLessThanOrEqual(rounds * clients);
    await expectWholeLedger(schema, load.acknowledged);
    process.stdout.write(
      `${rounds} kills of one of three: ${load.acknowledged.length} calls acknowledged, ${calls} entries, none lost, none twice, nothing held; Redis counts ${spent - calls} more that were under way\n`,
    );
    gateways = await Promise.all(dirs.map(start));
  });
});
