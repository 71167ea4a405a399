/** Several workers on PostgreSQL: what is changed through one holds in all, and a second gateway is refused. */
import { describe, test as every, expect } from 'bun:test';
import { run } from '../../support/bun-program.ts';
import { eventually } from '../../support/eventually.ts';
import { executable, startGateway } from '../../support/gateway.ts';
import { newSchema, whyNoPostgres } from '../../support/postgres.ts';
import { administrationOf } from '../keys/stage.ts';
import { enough, statuses } from './stage.ts';

const missing = whyNoPostgres();
const test = every.skipIf(missing !== undefined);
const demo = 'demo/echo';

describe(missing === undefined ? 'on PostgreSQL' : `on PostgreSQL (skipped: ${missing})`, () => {
  test('keys are seen and lost by all workers, and one gateway has the schema', async () => {
    const schema = await newSchema();
    const env = { DATABASE_URL: schema.url, OPENGATEWAY_SECRET: 'a secret of the tests', WORKERS: '3' };
    const gateway = await startGateway({ env });
    try {
      await eventually(() => gateway.stderr().includes('try it'), 'the banner');
      const admin = administrationOf(gateway.url);
      const { json } = await admin('POST', '/admin/keys', { name: 'k', limits: { rpm: 1000 } });
      expect(await statuses(gateway.url, demo, String(json.key))).toEqual({ 200: enough });
      await admin('DELETE', `/admin/keys/${json.id}`);
      await Bun.sleep(1000);
      expect(await statuses(gateway.url, demo, String(json.key))).toEqual({ 401: enough });
      const second = await run([executable, '--port', '0'], gateway.dir, env);
      expect([second.code, second.err]).toEqual([1, expect.stringContaining('another gateway is using it')]);
    } finally {
      await gateway.stop();
      await schema.remove();
    }
  }, 60_000);
});
