/** A gateway on PostgreSQL: keys outlive it, a second one is refused, and the password is seen nowhere. */
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../support/bun-program.ts';
import { executable, type RunningGateway, startGateway } from '../../support/gateway.ts';
import { newSchema, postgresPassword, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { administrationOf } from './stage.ts';

const missing = whyNoPostgres();
const test = every.skipIf(missing !== undefined);
const env = (url: string) => ({
  DATABASE_URL: url,
  OPENGATEWAY_SECRET: 'a secret of the tests',
  DEBUG: 'true',
});
const chat = JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'x' }] });

let schema: Schema;
let gateway: RunningGateway;
beforeAll(async () => {
  if (missing !== undefined) return;
  schema = await newSchema();
  gateway = await startGateway({ env: env(schema.url) });
});
afterAll(async () => {
  if (missing !== undefined) return;
  await gateway.stop();
  await schema.remove();
});

async function call(key: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: chat,
  });
  await response.text();
  return response.status;
}

describe(
  missing === undefined ? 'a gateway on PostgreSQL' : `a gateway on PostgreSQL (skipped: ${missing})`,
  () => {
    test('keys outlive it, killed or not, and what is revoked stays so', async () => {
      const make = async () =>
        (await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'k' })).json;
      const [kept, revoked] = [await make(), await make()];
      expect([await call(kept.key), await call(revoked.key)]).toEqual([200, 200]);
      const { status } = await administrationOf(gateway.url)('DELETE', `/admin/keys/${revoked.id}`);
      expect([status, await call(revoked.key)]).toEqual([204, 401]);
      process.kill(gateway.pid, 'SIGKILL');
      await gateway.stop();
      gateway = await startGateway({ env: env(schema.url) });
      expect([await call(kept.key), await call(revoked.key)]).toEqual([200, 401]);
    });

    test('it says where things are kept, and the password nowhere', () => {
      const said = gateway.stdout() + gateway.stderr();
      expect(said).toContain('PostgreSQL postgres at');
      for (const spelling of [postgresPassword, encodeURIComponent(postgresPassword)])
        expect(said).not.toContain(spelling);
    });

    test.each([
      ['another secret', { OPENGATEWAY_SECRET: 'another secret altogether' }, 'hashed with another secret'],
      ['no secret', { OPENGATEWAY_SECRET: undefined }, 'set OPENGATEWAY_SECRET to the same on every machine'],
      ['another gateway', {}, 'another gateway is using it'],
    ] as const)('%s stops the start', async (_what, more, said) => {
      const directory = mkdtempSync(join(tmpdir(), 'opengateway-third-'));
      const { OPENGATEWAY_SECRET: secret, ...rest } = { ...env(schema.url), ...more };
      const all = { ...rest, ...(secret !== undefined && { OPENGATEWAY_SECRET: secret }) };
      const { code, err } = await run([executable, '--port', '0'], directory, all);
      rmSync(directory, { recursive: true });
      expect([code, err]).toEqual([1, expect.stringContaining(said)]);
      expect(err).toContain('the database PostgreSQL postgres at 127.0.0.1:');
      for (const spelling of [postgresPassword, encodeURIComponent(postgresPassword)])
        expect(err).not.toContain(spelling);
    });
  },
);
