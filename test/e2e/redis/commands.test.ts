/** What a call costs Redis, by Redis's own statistics. */
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { pricedModel, startHeldUpstream } from '../../support/held-upstream.ts';
import { newSchema, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { RedisServer, whyNoRedisServer } from '../../support/redis.ts';
import { administrationOf } from '../keys/stage.ts';
import { callOnce } from '../workers/stage.ts';

const missing = whyNoPostgres() ?? whyNoRedisServer();
const test = every.skipIf(missing !== undefined);
const calls = 200;
const caps = {
  limits: { rpm: 1_000_000, tpm: 1_000_000_000, parallel: 1000 },
  budgets: [
    { limit_usd: 1_000_000, window: 'total' },
    { limit_usd: 1_000_000, window: 'day', rolling: true },
    { limit_usd: 1_000_000, window: 'month', models: ['*'] },
  ],
};

let schema: Schema;
let redis: RedisServer;
let gateway: RunningGateway;
const upstream = startHeldUpstream();

beforeAll(async () => {
  if (missing !== undefined) return;
  [schema, redis] = await Promise.all([newSchema(), RedisServer.start()]);
  gateway = await startGateway({
    env: { ...upstream.env, DATABASE_URL: schema.url, REDIS_URL: redis.url },
    config: upstream.config,
  });
});
afterAll(async () => {
  await upstream.stop();
  if (missing !== undefined) return;
  await gateway.stop();
  await schema.remove();
  await redis.stop();
});

/** Commands a client has sent, those that scripts ran inside not among them. */
function sent(): { scripts: number; others: string[] } {
  const lines = redis.tell('INFO', 'commandstats').matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  const counts = new Map([...lines].map(([, name = '', count]) => [name, Number(count)]));
  const scripts = (counts.get('evalsha') ?? 0) + (counts.get('eval') ?? 0);
  // What no script runs.
  const others = ['get', 'set', 'ping', 'multi', 'exec', 'script|load', 'select', 'auth', 'watch'];
  return { scripts, others: others.filter((name) => counts.has(name)) };
}

/** What so many calls cost, and how many seconds had begun when they were over. */
async function measured(key: string): Promise<{ scripts: number; seconds: number }> {
  // Keys and budgets are known from here on.
  const warm = await callOnce(gateway.url, pricedModel, key);
  expect(warm.status).toBe(200);
  await warm.text();
  redis.tell('CONFIG', 'RESETSTAT');
  const startedAtMs = performance.now();
  for (let nth = 0; nth < calls; nth++) {
    const response = await callOnce(gateway.url, pricedModel, key);
    expect(response.status).toBe(200);
    await response.text();
  }
  // Nobody waits for the last settlement.
  await Bun.sleep(100);
  const { scripts, others } = sent();
  expect(others).toEqual([]);
  return { scripts, seconds: Math.ceil((performance.now() - startedAtMs) / 1000) };
}

async function keyWith(more: object): Promise<string> {
  const { json, status } = await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'k', ...more });
  expect(status).toBe(201);
  return String(json.key);
}

describe(missing === undefined ? 'commands of Redis' : `commands of Redis (skipped: ${missing})`, () => {
  test('a call of a key without caps costs none', async () => {
    const { scripts, seconds } = await measured(await keyWith({}));
    // A renewal each 7.5 s.
    expect(scripts).toBeLessThanOrEqual(1 + Math.ceil(seconds / 7));
    expect(scripts).toBeLessThan(calls / 10);
  });

  test('a call of a key with limits and budgets, on a team and an organization with more of them, costs two', async () => {
    const admin = administrationOf(gateway.url);
    const { json: organization } = await admin('POST', '/admin/organizations', { name: 'o', ...caps });
    const { json: team } = await admin('POST', '/admin/teams', {
      ...{ name: 't', organization_id: organization.id },
      ...caps,
    });
    const key = await keyWith({ team_id: team.id, ...caps });
    const { scripts, seconds } = await measured(key);
    expect(scripts).toBeGreaterThanOrEqual(2 * calls);
    // One a second for what was moved into the ledger, and a renewal each 7.5 s.
    expect(scripts).toBeLessThanOrEqual(2 * calls + 1 + seconds + Math.ceil(seconds / 7));
  });
});
