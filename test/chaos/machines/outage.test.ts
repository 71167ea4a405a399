/** PostgreSQL taken away under load: who is known is served, entries wait in flat memory, and arrive once. */
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { administrationOf } from '../../e2e/keys/stage.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { startHeldUpstream } from '../../support/held-upstream.ts';
import { PostgresServer, type Schema, schemaAt, whyNoServer } from '../../support/postgres.ts';
import { expectWholeLedger } from './ledger-check.ts';
import { startLoad } from './load.ts';

const missing = whyNoServer();
const test = every.skipIf(missing !== undefined);

let server: PostgresServer;
const upstream = startHeldUpstream();
beforeAll(async () => {
  if (missing === undefined) server = await PostgresServer.start();
});
afterAll(async () => {
  await upstream.stop();
  if (missing === undefined) server.stop();
});

async function start(schemaName: string, config: object = {}): Promise<RunningGateway> {
  return await startGateway({
    env: {
      ...upstream.env,
      DATABASE_URL: server.url(schemaName),
      OPENGATEWAY_SECRET: 'a secret of the tests',
    },
    config: { ...upstream.config, ...config },
  });
}

async function newPlace(): Promise<Schema> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  return await schemaAt(server.url(), server.url(name), name);
}

/** Once the server is back: the line before it is gone. */
async function again({ name }: Schema): Promise<Schema> {
  return await schemaAt(server.url(), server.url(name), name);
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

const outages = [
  ['frozen', () => server.freeze(), async () => server.thaw()],
  ['stopped', () => server.end('SIGINT'), () => server.begin()],
  ['killed', () => server.end('SIGKILL'), () => server.begin()],
] as const;

describe(missing === undefined ? 'PostgreSQL' : `PostgreSQL (skipped: ${missing})`, () => {
  test.each(outages)(
    '%s under load: calls go on, and each is in the ledger once when it is back',
    async (how, goAway, comeBack) => {
      const schema = await newPlace();
      const gateway = await start(schema.name);
      const admin = administrationOf(gateway.url);
      const budgets = [{ limit_usd: 1_000_000, window: 'total' }];
      const { json } = await admin('POST', '/admin/keys', { name: 'k', budgets });
      const { json: unmet } = await admin('POST', '/admin/keys', { name: 'unmet' });
      const load = startLoad(() => [gateway.url], String(json.key), 8);
      let grownMb = 0;
      try {
        await load.more(500);
        await goAway();
        try {
          await load.more(1500);
          const beforeMb = residentMb(gateway.pid);
          await load.more(6000);
          grownMb = residentMb(gateway.pid) - beforeMb;
          expect(
            await eventually(() => admin('POST', '/admin/keys', { name: 'x' }), 'an answer'),
          ).toMatchObject({ status: 503, json: { error: { code: 'storage_unavailable' } } });
          const stranger = await fetch(`${gateway.url}/v1/models`, {
            headers: { authorization: `Bearer ${unmet.key}` },
          });
          expect(stranger.status).toBe(503);
          await stranger.text();
        } finally {
          await comeBack();
        }
        await load.more(500);
      } finally {
        await load.stop();
      }
      expect([...load.statuses.keys()]).toEqual([200]);
      // Entries wait on the disk: some thousand of them in memory would be several times as much.
      expect(grownMb).toBeLessThan(48);
      const back = how === 'frozen' ? schema : await again(schema);
      let used: unknown;
      await eventually(() => {
        void administrationOf(gateway.url)('GET', `/admin/keys/${json.id}`).then((said) => {
          used = said.status;
        });
        return used === 200;
      }, 'the administration is back');
      expect(await gateway.stop()).toBe(0);
      const entries = await expectWholeLedger(back, load.acknowledged);
      process.stdout.write(
        `${how}: ${load.acknowledged.length} calls acknowledged, ${entries} entries, none lost, none twice; memory grew by ${grownMb.toFixed(1)} MB in 6000 calls\n`,
      );
      await back.remove();
    },
    120_000,
  );

  test('away until the journal is full: then calls are refused before they go out, and go on when it is back', async () => {
    const schema = await newPlace();
    const gateway = await start(schema.name, { ledger: { journalMaxEntries: 50 } });
    const { json } = await administrationOf(gateway.url)('POST', '/admin/keys', {
      name: 'k',
      budgets: [{ limit_usd: 1_000_000, window: 'total' }],
    });
    const load = startLoad(() => [gateway.url], String(json.key), 4);
    try {
      await load.more(100);
      await server.end();
      try {
        await eventually(() => (load.statuses.get(503) ?? 0) > 20, 'calls are refused');
        const { reached } = upstream.state;
        const refused = load.statuses.get(503) ?? 0;
        await eventually(() => (load.statuses.get(503) ?? 0) > refused + 50, 'more are refused');
        expect(upstream.state.reached - reached).toBeLessThan(8);
      } finally {
        await server.begin();
      }
      await load.more(200);
    } finally {
      await load.stop();
    }
    expect(await gateway.stop()).toBe(0);
    const back = await again(schema);
    await expectWholeLedger(back, load.acknowledged);
    await back.remove();
  }, 120_000);
});
