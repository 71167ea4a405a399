/** What Redis counts is what the ledger says and what is open, whichever of gateways, Redis and PostgreSQL goes away under load. */
import { afterAll, beforeAll, describe, test as every, expect, setDefaultTimeout } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import { PostgresServer, type Schema, schemaAt, whyNoServer } from '../../support/postgres.ts';
import { RedisServer, whyNoRedisServer } from '../../support/redis.ts';
import { Fleet } from './fleet.ts';
import { expectWholeLedger } from './ledger-check.ts';
import { startLoad } from './load.ts';

setDefaultTimeout(180_000);
const missing = whyNoServer() ?? whyNoRedisServer();
const test = every.skipIf(missing !== undefined);
const total = { budgets: [{ limit_usd: 1_000_000, window: 'total' }] };
const clients = 9;

let server: PostgresServer;
let redis: RedisServer;
let schema: Schema;
let fleet: Fleet;

beforeAll(async () => {
  if (missing !== undefined) return;
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
  schema = await schemaAt(server.url(), server.url('counts'), 'counts');
  fleet = await Fleet.start({ databaseUrl: schema.url, redisUrl: redis.url });
});
afterAll(async () => {
  if (missing !== undefined) return;
  await fleet.remove();
  await schema.remove();
  server.stop();
  await redis.stop();
});

describe(missing === undefined ? 'counts' : `counts (skipped: ${missing})`, () => {
  test('a gateway is killed under load and stays away: within a minute the others count what the ledger has', async () => {
    const { id, key } = await fleet.keyWith(total);
    const load = startLoad(fleet.urls, key, clients);
    let acknowledged: string[] = [];
    try {
      await load.more(300);
      acknowledged = [...load.acknowledged];
      await fleet.kill(1);
      // While it goes on, too.
      await load.more(300);
    } finally {
      await load.stop();
    }
    // What it had on its disk alone is in the ledger once it is back.
    await fleet.exactCount(schema.ask, id, load.acknowledged.length - acknowledged.length);
    await fleet.startOne(1);
    const calls = await fleet.exactCount(schema.ask, id, load.acknowledged.length);
    await expectWholeLedger(schema, load.acknowledged);
    process.stdout.write(`killed: ${load.acknowledged.length} calls acknowledged, ${calls} counted\n`);
  });

  test('killed with what it holds while the upstream works: what is held is free within a minute, and nothing of it was spent', async () => {
    const { id, key } = await fleet.keyWith({ limits: { parallel: 100 }, ...total });
    const release = fleet.upstream.hold();
    const load = startLoad(fleet.urls, key, clients);
    try {
      await eventually(() => fleet.upstream.state.open >= clients, 'all are under way');
      await fleet.kill(2);
      release();
      await load.more(50);
    } finally {
      release();
      await load.stop();
    }
    await fleet.exactCount(schema.ask, id, load.acknowledged.length);
    await fleet.startOne(2);
  });

  const losses = [
    [
      'flushed',
      async (): Promise<void> => {
        redis.tell('FLUSHALL');
      },
    ],
    [
      'killed',
      async (): Promise<void> => {
        await redis.kill();
        await redis.resume();
      },
    ],
  ] as const;
  test.each(losses)(
    'Redis %s while PostgreSQL is frozen under load: when both are back, what is counted is what the ledger has',
    async (_how, lose) => {
      const { id, key } = await fleet.keyWith(total);
      const load = startLoad(fleet.urls, key, clients);
      try {
        await load.more(200);
        server.freeze();
        try {
          await load.more(600);
          await lose();
          // Nobody knows now what was spent, so nothing is let through.
          await eventually(() => (load.statuses.get(503) ?? 0) > 100, 'calls are refused');
        } finally {
          server.thaw();
        }
        await load.more(200);
      } finally {
        await load.stop();
      }
      const calls = await fleet.exactCount(schema.ask, id, load.acknowledged.length);
      await expectWholeLedger(schema, load.acknowledged);
      process.stdout.write(`${load.acknowledged.length} calls acknowledged, ${calls} counted\n`);
    },
  );

  test('a budget that three journals have more of than PostgreSQL holds to the tenth of a dollar after Redis has lost it', async () => {
    const { id, key } = await fleet.keyWith({ budgets: [{ limit_usd: 60, window: 'total' }] });
    const load = startLoad(fleet.urls, key, clients);
    try {
      await load.more(50);
      server.freeze();
      try {
        await load.more(450);
        redis.tell('FLUSHALL');
        await eventually(() => (load.statuses.get(503) ?? 0) > 50, 'calls are refused');
      } finally {
        server.thaw();
      }
      await eventually(() => (load.statuses.get(429) ?? 0) > 50, 'the budget is used up');
    } finally {
      await load.stop();
    }
    expect(await fleet.exactCount(schema.ask, id, load.acknowledged.length)).toBe(600);
    expect(load.acknowledged).toHaveLength(600);
  });

  test('a gateway is killed while PostgreSQL is frozen: budgets in use go on, and are exact once it is back', async () => {
    const { id, key } = await fleet.keyWith(total);
    const load = startLoad(fleet.urls, key, clients);
    try {
      await load.more(200);
      server.freeze();
      try {
        await load.more(300);
        await fleet.kill(0);
        // Past its lease.
        const endMs = Date.now() + 42_000;
        while (Date.now() < endMs) await load.more(20);
      } finally {
        server.thaw();
      }
      await load.more(100);
    } finally {
      await load.stop();
    }
    await eventually(async () => {
      await fleet.startOne(0);
      return true;
    }, 'it is back');
    const calls = await fleet.exactCount(schema.ask, id, load.acknowledged.length);
    await expectWholeLedger(schema, load.acknowledged);
    expect(calls).toBeGreaterThanOrEqual(load.acknowledged.length);
  });
});
