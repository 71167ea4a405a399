/** Three gateways on one PostgreSQL and one Redis: as exact as one, and none of them knows less than the others. */
import { afterAll, beforeAll, describe, test as every, expect, setDefaultTimeout } from 'bun:test';
import { callOnce } from '../../e2e/workers/stage.ts';
import { eventually } from '../../support/eventually.ts';
import { pricedModel as model } from '../../support/held-upstream.ts';
import { newSchema, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { RedisServer, whyNoRedisServer } from '../../support/redis.ts';
import { Fleet } from './fleet.ts';
import { expectWholeLedger } from './ledger-check.ts';
import { startLoad } from './load.ts';

setDefaultTimeout(240_000);
const missing = whyNoPostgres() ?? whyNoRedisServer();
const test = every.skipIf(missing !== undefined);
const rounds = 21;
const clients = 9;

let schema: Schema;
let redis: RedisServer;
let fleet: Fleet;

beforeAll(async () => {
  if (missing !== undefined) return;
  [schema, redis] = await Promise.all([newSchema(), RedisServer.start()]);
  fleet = await Fleet.start({ databaseUrl: schema.url, redisUrl: redis.url });
});
afterAll(async () => {
  if (missing !== undefined) return;
  await fleet.remove();
  await schema.remove();
  await redis.stop();
});

const at = (nth: number) => fleet.administration(nth);

describe(missing === undefined ? 'three gateways' : `three gateways (skipped: ${missing})`, () => {
  test.each([
    ['$0.10 each, in $5,', { budgets: [{ limit_usd: 5, window: 'day' }] }],
    ['requests a minute', { limits: { rpm: 50 } }],
    ['calls at once', { limits: { parallel: 50 } }],
  ] as const)('100 calls at once against 50 of %s: exactly 50 reach the upstream', async (_what, caps) => {
    const { id, key } = await fleet.keyWith(caps);
    const release = fleet.upstream.hold();
    fleet.upstream.state.reached = 0;
    const counts: Record<number, number> = {};
    let refused = 0;
    await Promise.all(
      Array.from({ length: 100 }, async (_, nth) => {
        const response = await callOnce(fleet.urls()[nth % 3] ?? '', model, key);
        await response.text();
        counts[response.status] = (counts[response.status] ?? 0) + 1;
        // Nobody gets an answer before everybody has asked.
        if (response.status === 429 && ++refused === 50) release();
      }),
    );
    expect(counts).toEqual({ 200: 50, 429: 50 });
    expect(fleet.upstream.state.reached).toBe(50);
    if (!('budgets' in caps)) return;
    for (let nth = 0; nth < 3; nth++)
      expect((await at(nth)('GET', `/admin/keys/${id}`)).json.budgets).toMatchObject([
        { spent_usd: 5, reserved_usd: 0 },
      ]);
  });

  test('a key made at one opens the others; disabled, raised and revoked at one, it is so at all', async () => {
    const { id, key } = await fleet.keyWith({});
    const statuses = async () =>
      await Promise.all(fleet.urls().map(async (url) => (await callOnce(url, model, key)).status));
    const becomes = async (expected: number) =>
      await eventually(
        async () => (await statuses()).every((status) => status === expected),
        `all answer ${expected}`,
      );
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
      const { id, key } = await fleet.keyWith({ budgets: [{ limit_usd: 1_000_000, window: 'total' }] });
      const { key: free } = await fleet.keyWith({});
      const load = startLoad(fleet.urls, key, 9);
      try {
        await load.more(200);
        await goAway();
        try {
          await eventually(() => (load.statuses.get(503) ?? 0) > 50, 'calls are refused');
          const { reached } = fleet.upstream.state;
          const refused = load.statuses.get(503) ?? 0;
          await eventually(() => (load.statuses.get(503) ?? 0) > refused + 100, 'more are refused');
          expect(fleet.upstream.state.reached).toBe(reached);
          for (const url of fleet.urls()) expect((await callOnce(url, model, free)).status).toBe(200);
        } finally {
          await comeBack();
        }
        await load.more(200);
      } finally {
        await load.stop();
      }
      await fleet.exactCount(schema.ask, id, load.acknowledged.length);
    },
  );

  test(`killed under load in turn, ${rounds} times: nothing acknowledged is lost or there twice, nothing stays held`, async () => {
    const before = await schema.ask('SELECT COUNT(*) AS calls FROM calls');
    expect(Number(before[0]?.calls)).toBeGreaterThan(0);
    const { id, key } = await fleet.keyWith({
      limits: { parallel: 1000 },
      budgets: [{ limit_usd: 1_000_000, window: 'total' }],
    });
    const load = startLoad(fleet.urls, key, clients);
    try {
      for (let round = 0; round < rounds; round++) {
        await load.more(20 + 7 * round);
        await fleet.kill(round % 3);
        await fleet.startOne(round % 3);
      }
      await load.more(100);
    } finally {
      await load.stop();
    }
    const calls = await fleet.exactCount(schema.ask, id, load.acknowledged.length);
    await fleet.stopAll();
    await expectWholeLedger(schema, load.acknowledged);
    process.stdout.write(
      `${rounds} kills of one of three: ${load.acknowledged.length} calls acknowledged, ${calls} entries, none lost, none twice, nothing held, and Redis counts just these\n`,
    );
    await fleet.startAll();
  });
});
