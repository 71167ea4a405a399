/** A gateway on PostgreSQL that is killed under load, time after time: what clients were told is in the ledger, once. */
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administrationOf } from '../../e2e/keys/stage.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { startHeldUpstream } from '../../support/held-upstream.ts';
import { newSchema, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { expectWholeLedger } from './ledger-check.ts';
import { startLoad } from './load.ts';

const missing = whyNoPostgres();
const test = every.skipIf(missing !== undefined);
const rounds = 24;

let schema: Schema;
let dataDir: string;
const upstream = startHeldUpstream();
beforeAll(async () => {
  if (missing !== undefined) return;
  schema = await newSchema();
  dataDir = mkdtempSync(join(tmpdir(), 'opengateway-killed-'));
});
afterAll(async () => {
  await upstream.stop();
  if (missing !== undefined) return;
  await schema.remove();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<RunningGateway> {
  return await startGateway({
    env: {
      ...upstream.env,
      DATABASE_URL: schema.url,
      OPENGATEWAY_SECRET: 'a secret of the tests',
      OPENGATEWAY_DATA_DIR: dataDir,
    },
    config: upstream.config,
  });
}

describe(missing === undefined ? 'kill -9' : `kill -9 (skipped: ${missing})`, () => {
  test(`${rounds} times under load: no acknowledged entry is lost, and none is there twice`, async () => {
    let gateway = await start();
    const budgets = [{ limit_usd: 1_000_000, window: 'total' }];
    const { json } = await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'k', budgets });
    let url: string | undefined = gateway.url;
    const load = startLoad(() => (url === undefined ? [] : [url]), String(json.key), 8);
    try {
      for (let round = 0; round < rounds; round++) {
        // From before anything was moved to in the middle of it.
        await load.more(10 + 11 * round);
        url = undefined;
        process.kill(gateway.pid, 'SIGKILL');
        await gateway.stop();
        gateway = await start();
        url = gateway.url;
      }
      await load.more(50);
    } finally {
      await load.stop();
    }
    const { json: standing } = await administrationOf(gateway.url)('GET', `/admin/keys/${json.id}`);
    expect(await gateway.stop()).toBe(0);
    const entries = await expectWholeLedger(schema, load.acknowledged);
    expect(standing.budgets).toMatchObject([{ spent_usd: entries / 10, reserved_usd: 0 }]);
    expect(readdirSync(dataDir).filter((name) => /journal.*\.db/.test(name))).toEqual([]);
    process.stdout.write(
      `${rounds} kills: ${load.acknowledged.length} calls acknowledged, ${entries} entries, none lost, none twice\n`,
    );
  }, 240_000);
});
