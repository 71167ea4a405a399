/** The gateway on a Redis as people run it: over TLS with a user of its own; and one it cannot count in is refused at start. */
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from '../../support/gateway.ts';
import { pricedModel, startHeldUpstream } from '../../support/held-upstream.ts';
import { newSchema, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { RedisServer, whyNoRedisServer } from '../../support/redis.ts';
import { makeCertificate, opensslIsPresent } from '../../support/tls-front.ts';
import { administrationOf } from '../keys/stage.ts';
import { callOnce } from '../workers/stage.ts';

const missing = opensslIsPresent ? (whyNoPostgres() ?? whyNoRedisServer()) : 'openssl is not installed';
const test = every.skipIf(missing !== undefined);
const password = 'p@ss/w:rd never to be seen';

let schema: Schema;
let directory: string;
let redis: RedisServer;
let address: string;
const upstream = startHeldUpstream();

beforeAll(async () => {
  if (missing !== undefined) return;
  directory = mkdtempSync(join(tmpdir(), 'opengateway-tls-'));
  const { key, certificate } = makeCertificate(directory);
  schema = await newSchema();
  redis = await RedisServer.start({
    settings: (port) => [
      ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', certificate, '--tls-key-file', key],
    ],
    cli: ['--tls', '--cacert', certificate],
  });
  const rules = ['on', `>${password}`, '~{opengateway:*}:*', '+@all', '-@admin'];
  expect(redis.tell('ACL', 'SETUSER', 'gateway', ...rules)).toBe('OK');
  address = `localhost:${redis.port}/0?sslrootcert=${encodeURIComponent(certificate)}`;
});
afterAll(async () => {
  await upstream.stop();
  if (missing !== undefined) return;
  await schema.remove();
  await redis.stop();
  rmSync(directory, { recursive: true });
});

async function start(redisUrl: string, more: Record<string, string> = {}) {
  const env = { ...upstream.env, DATABASE_URL: schema.url, REDIS_URL: redisUrl, ...more };
  return await startGateway({
    env: { ...env, OPENGATEWAY_SECRET: 'a secret of the tests' },
    config: upstream.config,
  });
}

async function refusal(redisUrl: string, more: Record<string, string> = {}): Promise<string> {
  try {
    await (await start(redisUrl, more)).stop();
    return 'it started';
  } catch (thrown) {
    return String(thrown);
  }
}

describe(missing === undefined ? 'on Redis' : `on Redis (skipped: ${missing})`, () => {
  test('over TLS, as a user with a password, it counts', async () => {
    const gateway = await start(`rediss://gateway:${encodeURIComponent(password)}@${address}`);
    try {
      const admin = administrationOf(gateway.url);
      const budgets = [{ limit_usd: 0.2, window: 'total' }];
      const { json } = await admin('POST', '/admin/keys', { name: 'k', budgets });
      const statuses: number[] = [];
      for (let nth = 0; nth < 3; nth++) {
        const response = await callOnce(gateway.url, pricedModel, String(json.key));
        await response.text();
        statuses.push(response.status);
      }
      expect(statuses).toEqual([200, 200, 429]);
    } finally {
      expect(await gateway.stop()).toBe(0);
    }
    expect(gateway.stdout() + gateway.stderr()).not.toContain(password);
  });

  test.each([{}, { WORKERS: '2' }])(
    'a wrong password ends it, with the reason and without the password %p',
    async (more) => {
      const told = await refusal(`rediss://gateway:hunter2@${address}`, more);
      expect(told).toMatch(/ended with 1: .*Redis at localhost:\d+ cannot be used: WRONGPASS/);
      expect(told).not.toContain('hunter2');
    },
  );

  test('so does one that is in cluster mode', async () => {
    const cluster = await RedisServer.start({ settings: () => ['--cluster-enabled', 'yes'] });
    try {
      expect(await refusal(cluster.url)).toMatch(
        /ended with 1: .*Redis at 127\.0\.0\.1:\d+ cannot be used: it runs in cluster mode/,
      );
    } finally {
      await cluster.stop();
    }
  });

  test('and an address that is half right', async () => {
    expect(await refusal('redis://u:hunter%zz@localhost')).toMatch(
      /Redis at `REDIS_URL` cannot be used: .*encoded/,
    );
    expect(await refusal('redis://localhost?cluster=true')).toMatch(
      /cannot be used: the parameter 'cluster'/,
    );
  });
});
