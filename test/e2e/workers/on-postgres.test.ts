/** Three workers on PostgreSQL: one journal, one place to count, and all of it in the database when they are gone. */
import { expect, test } from 'bun:test';
import { expectWholeLedger } from '../../chaos/machines/ledger-check.ts';
import { startLoad } from '../../chaos/machines/load.ts';
import { startGateway } from '../../support/gateway.ts';
import { startHeldUpstream } from '../../support/held-upstream.ts';
import { newSchema, whyNoPostgres } from '../../support/postgres.ts';
import { administrationOf } from '../keys/stage.ts';

const missing = whyNoPostgres();

test.skipIf(missing !== undefined)(
  `workers share a PostgreSQL${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const schema = await newSchema();
    const upstream = startHeldUpstream();
    const env = { ...upstream.env, DATABASE_URL: schema.url, WORKERS: '3' };
    const gateway = await startGateway({ env, config: upstream.config });
    try {
      const admin = administrationOf(gateway.url);
      const budgets = [{ limit_usd: 1_000_000, window: 'total' }];
      const { json } = await admin('POST', '/admin/keys', { name: 'k', budgets });
      const load = startLoad(() => [gateway.url], String(json.key), 8);
      await load.more(400);
      await load.stop();
      expect([...load.statuses.keys()]).toEqual([200]);
      const { json: standing } = await admin('GET', `/admin/keys/${json.id}`);
      expect(standing.budgets).toMatchObject([{ spent_usd: load.acknowledged.length / 10, reserved_usd: 0 }]);
      expect(await gateway.stop()).toBe(0);
      expect(await expectWholeLedger(schema, load.acknowledged)).toBe(load.acknowledged.length);
    } finally {
      await gateway.stop();
      await upstream.stop();
      await schema.remove();
    }
  },
  60_000,
);
