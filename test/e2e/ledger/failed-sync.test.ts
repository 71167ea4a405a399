/**
 * A disk that fails to sync: what it may have lost is told to nobody, and once it works again all of it is written anew, into the
 * database itself, since the system does not speak again of pages it could not write.
 */
import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectWholeLedger } from '../../chaos/machines/ledger-check.ts';
import { readBooks } from '../../storage/ledger/books.ts';
import { eventually } from '../../support/eventually.ts';
import { FailingSyncs, whyNoFailingSyncs } from '../../support/failing-syncs.ts';
import { executable, type RunningGateway, startGateway } from '../../support/gateway.ts';
import { pricedModel, startHeldUpstream } from '../../support/held-upstream.ts';
import { PostgresServer, schemaAt, whyNoServer } from '../../support/postgres.ts';
import { administrationOf } from '../keys/stage.ts';
import { callOnce } from '../workers/stage.ts';

const missing = existsSync(executable) ? whyNoFailingSyncs() : 'not built';
const test = every.skipIf(missing !== undefined);

let data: string;
let copies: string;
const upstream = startHeldUpstream();

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'opengateway-sync-'));
  copies = mkdtempSync(join(tmpdir(), 'opengateway-copy-'));
});
afterAll(async () => {
  await upstream.stop();
  for (const directory of [data, copies]) rmSync(directory, { recursive: true, force: true });
});

async function start(dataDir: string, more: Record<string, string> = {}): Promise<RunningGateway> {
  return await startGateway({
    env: {
      ...upstream.env,
      OPENGATEWAY_DATA_DIR: dataDir,
      OPENGATEWAY_SECRET: 'a secret of the tests',
      ...more,
    },
    config: upstream.config,
  });
}

async function keyOf(gateway: RunningGateway): Promise<string> {
  const budgets = [{ limit_usd: 1000, window: 'total' }];
  const { json } = await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'k', budgets });
  return String(json.key);
}

/** The request id of a call that was answered with 200; of any other the code of its error. */
async function called(gateway: RunningGateway, key: string): Promise<{ id?: string; code?: string }> {
  const response = await callOnce(gateway.url, pricedModel, key);
  const json = (await response.json()) as { error?: { code?: string } };
  if (response.status === 200) return { id: response.headers.get('x-request-id') ?? '' };
  return { code: json.error?.code ?? String(response.status) };
}

/** Ids in the database file alone: what a log beside it holds may not be on the disk. */
function idsWithoutLog(path: string): Set<string> {
  const copy = join(copies, `${crypto.randomUUID()}.db`);
  copyFileSync(path, copy);
  const database = new Database(copy);
  const rows = database.query<{ id: string }, []>('SELECT id FROM entries').all();
  database.close();
  return new Set(rows.map(({ id }) => id));
}

/** What was acknowledged, all in all; checks what is on the disk as soon as the gateway goes on. */
async function failAndRecover(
  gateway: RunningGateway,
  key: string,
  fileOf: () => string,
): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let nth = 0; nth < 20; nth++) acknowledged.push((await called(gateway, key)).id ?? '');
  upstream.state.reached = 0;
  const codes: (string | undefined)[] = [];
  const failing = await FailingSyncs.of(gateway.pid);
  try {
    for (let nth = 0; nth < 12; nth++) codes.push((await called(gateway, key)).code);
    // It is tried again meanwhile, and fails again.
    await Bun.sleep(1500);
    codes.push((await called(gateway, key)).code);
  } finally {
    expect(await failing.end()).toBeGreaterThanOrEqual(2);
  }
  expect(new Set(codes)).toEqual(new Set(['storage_unavailable']));
  // Only the first was let out.
  expect(upstream.state.reached).toBe(1);
  await eventually(async () => {
    const { id } = await called(gateway, key);
    if (id !== undefined) acknowledged.push(id);
    return id !== undefined;
  }, 'calls are answered again');
  const kept = idsWithoutLog(fileOf());
  // The last may be in the log, which is synced again; those before it had better not be.
  expect(acknowledged.slice(0, 20).filter((id) => !kept.has(id))).toEqual([]);
  expect(kept.size).toBeGreaterThanOrEqual(21);
  for (let nth = 0; nth < 5; nth++) acknowledged.push((await called(gateway, key)).id ?? '');
  expect(acknowledged).not.toContain('');
  const events = gateway.logLines().map(({ event }) => event);
  expect(events).toContain('ledger.unavailable');
  expect(events).toContain('ledger.available');
  return acknowledged;
}

describe(missing === undefined ? 'a failed sync' : `a failed sync (skipped: ${missing})`, () => {
  test('of the ledger on SQLite', async () => {
    const gateway = await start(data);
    const key = await keyOf(gateway);
    const ledger = join(data, 'opengateway.ledger');
    const month = () => readdirSync(ledger).find((name) => /^\d{4}-\d{2}\.db$/.test(name)) ?? '';
    const acknowledged = await failAndRecover(gateway, key, () => join(ledger, month()));
    expect(await gateway.stop()).toBe(0);
    const books = readBooks(data);
    // The one that was refused has its entry, too.
    expect([...books.ids].sort()).toEqual(expect.arrayContaining([...acknowledged]));
    expect(books.ids).toHaveLength(acknowledged.length + 1);
    expect(books.usage).toEqual(books.entries);
    expect(books.spent).toEqual(books.charged);
    expect(new Set(books.integrity)).toEqual(new Set(['ok']));
  }, 60_000);

  every.skipIf(missing !== undefined || whyNoServer() !== undefined)(
    'of the journal, while PostgreSQL is frozen',
    async () => {
      const server = await PostgresServer.start();
      const place = join(data, 'journal');
      try {
        const schema = await schemaAt(server.url(), server.url('synced'), 'synced');
        const gateway = await start(place, { DATABASE_URL: schema.url });
        const key = await keyOf(gateway);
        const first = (await called(gateway, key)).id ?? '';
        await eventually(async () => {
          const [row] = await schema.ask('SELECT COUNT(*) AS calls FROM calls');
          return Number(row?.calls) === 1;
        }, 'the first is moved');
        server.freeze();
        let acknowledged: readonly string[];
        try {
          const journal = () => readdirSync(place).find((name) => /journal.*\.db$/.test(name)) ?? '';
          acknowledged = await failAndRecover(gateway, key, () => join(place, journal()));
        } finally {
          server.thaw();
        }
        expect(await gateway.stop()).toBe(0);
        const entries = await expectWholeLedger(schema, [first, ...acknowledged]);
        expect(entries).toBe(acknowledged.length + 2);
        await schema.remove();
      } finally {
        server.stop();
      }
    },
    90_000,
  );
});
