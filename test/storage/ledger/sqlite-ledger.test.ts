/** What is committed is there once, whatever is sent twice; sums are what the entries say, whatever was lost between. */
import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CallRecord } from '../../../src/ledger/call-record.ts';
import type { UsageQuery } from '../../../src/ledger/ledger-store.ts';
import { entrySteps } from '../../../src/storage/sqlite/ledger/schema.ts';
import { ledgerPathOf, SqliteLedger } from '../../../src/storage/sqlite/ledger/sqlite-ledger.ts';
import { migrate } from '../../../src/storage/sqlite/migrate.ts';
import { StorageRefused } from '../../../src/storage/storage-refused.ts';
import { recordWith } from '../../ledger/records.ts';
import { type Somewhere, somewhere } from '../somewhere.ts';

let place: Somewhere;
const opened: SqliteLedger[] = [];
beforeEach(() => {
  place = somewhere();
});
afterEach(() => {
  for (const ledger of opened.splice(0)) ledger.close();
  place.remove();
});

function open(fields: { retentionDays?: number; isSynced?: boolean } = {}): SqliteLedger {
  const ledger = new SqliteLedger({
    databasePath: place.databasePath,
    retentionDays: fields.retentionDays,
    isSynced: fields.isSynced ?? true,
  });
  opened.push(ledger);
  return ledger;
}

function pathOf(name: string): string {
  return join(ledgerPathOf(place.databasePath), name);
}

const day = Date.parse('2026-11-22T00:00:00Z');
const all = { fromMs: 0, toMs: Date.parse('2030-01-01T00:00:00Z') };
const by = (groupBy: UsageQuery['groupBy'], more: Partial<UsageQuery> = {}): UsageQuery => ({
  groupBy,
  ...all,
  ...more,
});
const charge = { budgetId: 'budget_1', bucketStartMs: day };

function entries(month: string): readonly Record<string, unknown>[] {
  const database = new Database(pathOf(`${month}.db`), { readonly: true });
  const rows = database.query('SELECT * FROM calls ORDER BY number').all();
  database.close();
  return rows as Record<string, unknown>[];
}

test('nothing is made until there is something to keep', async () => {
  const ledger = open();
  expect(ledger.isUnmade).toBe(true);
  expect(await ledger.usage(by('key'))).toEqual([]);
  expect(await ledger.spent('budget_1', 0)).toEqual([]);
  expect(existsSync(place.databasePath)).toBe(false);
  await ledger.commit([recordWith()]);
  expect(ledger.isUnmade).toBe(false);
});

describe('what is added up', () => {
  const calls: readonly Partial<CallRecord>[] = [
    { keyId: 'key_1', teamId: 'team_1', model: 'a', customer: 'x', tags: ['t', 't', 'u'] },
    { keyId: 'key_2', teamId: 'team_1', model: 'b', error: undefined, costNanoUsd: undefined },
    { keyId: 'key_3', teamId: undefined, organizationId: undefined, model: 'a', usage: undefined },
    { keyId: 'key_1', teamId: 'team_1', model: 'a', endedAtMs: day + 86_400_000 },
  ];
  const fill = async () => {
    const ledger = open();
    for (const call of calls) await ledger.commit([recordWith(call)]);
    return ledger;
  };

  test('is made again from the entries where it is lost', async () => {
    const ledger = await fill();
    const before = await ledger.usage(by('key'));
    ledger.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(pathOf(`usage.db${suffix}`), { force: true });
    expect(await open().usage(by('key'))).toEqual(before);
  });

  test('is right where two processes write', async () => {
    const one = await fill();
    const other = open();
    for (let round = 0; round < 5; round++) {
      await one.commit([recordWith({ keyId: 'key_9', charges: [charge] })]);
      await other.commit([recordWith({ keyId: 'key_9', charges: [charge] })]);
      if (round % 2 === 0) await one.usage(by('key'));
      if (round % 3 === 0) await other.usage(by('key'));
    }
    await one.usage(by('key'));
    const rows = await other.usage(by('key', { keyId: 'key_9' }));
    expect(rows[0]?.requests).toBe(10);
    expect(await other.spent('budget_1', 0)).toEqual([{ bucketStartMs: day, spentNanoUsd: 1000 }]);
  });
});

describe('months', () => {
  test('each has its file; old ones go, and their sums stay', async () => {
    const ledger = open();
    const months = ['2020-01', '2020-02', '2026-11'];
    for (const month of months)
      await ledger.commit([recordWith({ endedAtMs: Date.parse(`${month}-15T00:00:00Z`) })]);
    ledger.close();
    const files = () =>
      readdirSync(ledgerPathOf(place.databasePath))
        .filter((name) => /^\d.*\.db$/.test(name))
        .sort();
    expect(files()).toEqual(['2020-01.db', '2020-02.db', '2026-11.db']);
    const later = open({ retentionDays: 31 });
    await later.commit([recordWith({ endedAtMs: Date.now() })]);
    expect(files().filter((name) => name.startsWith('2020'))).toEqual([]);
    expect((await later.usage(by('day'))).slice(0, 2).map(({ group }) => group)).toEqual([
      '2020-01-15',
      '2020-02-15',
    ]);
  });

  test('a call sent again after midnight counts once', async () => {
    const ledger = open();
    const late = recordWith({ endedAtMs: Date.parse('2026-11-30T23:59:59Z') });
    const next = recordWith({ endedAtMs: Date.parse('2026-12-01T00:00:01Z') });
    await ledger.commit([late]);
    await ledger.commit([late, next], true);
    expect(entries('2026-11').length).toBe(1);
    expect(entries('2026-12').length).toBe(1);
  });

  test('a clock that is set back goes on where it was', async () => {
    const ledger = open();
    for (const month of ['11', '12', '11', '12'])
      await ledger.commit([recordWith({ endedAtMs: Date.parse(`2026-${month}-30T00:00:00Z`) })]);
    ledger.close();
    expect(entries('2026-11').length).toBe(2);
    expect((await open().usage(by('key')))[0]?.requests).toBe(4);
  });
});

test('a ledger of a newer version, or a damaged one, is refused at the start', async () => {
  const ledger = open();
  await ledger.commit([recordWith()]);
  ledger.close();
  const database = new Database(pathOf('usage.db'));
  database.run("INSERT INTO schema_migrations (number, name, applied_at_ms) VALUES (99, 'later', 1)");
  database.close();
  expect(() => open()).toThrow(StorageRefused);
});

describe('what comes again', () => {
  const hourMs = 3_600_000;

  test('is known however long ago it was written, by this process or the one before', async () => {
    const first = open();
    const endedAtMs = Date.now();
    const records = Array.from({ length: 50 }, () => recordWith({ endedAtMs, charges: [charge] }));
    await first.commit(records.slice(0, 20));
    for (let nth = 0; nth < 5; nth++) await first.commit([recordWith({ endedAtMs: endedAtMs + nth })]);
    await first.commit(records.slice(10, 40), true);
    first.close();
    const second = open();
    await second.commit(records, true);
    const ids = records.map(({ requestId }) => requestId);
    const kept = entries(new Date(endedAtMs).toISOString().slice(0, 7)).map(({ id }) => String(id));
    expect(kept.length).toBe(55);
    expect(new Set(kept).size).toBe(55);
    expect(ids.every((id) => kept.includes(id))).toBe(true);
    expect(await second.spent('budget_1', 0)).toEqual([{ bucketStartMs: day, spentNanoUsd: 5000 }]);
  });

  test('is known when it ended long before it was written', async () => {
    const ledger = open();
    const late = recordWith({ endedAtMs: day + 11 * hourMs });
    await ledger.commit([recordWith({ endedAtMs: day + 12 * hourMs })]);
    await ledger.commit([late]);
    await ledger.commit([late, recordWith({ endedAtMs: day + 12 * hourMs })], true);
    expect(entries('2026-11').length).toBe(3);
  });

  test('and nothing of it new: nothing is written', async () => {
    const ledger = open();
    const record = recordWith();
    await ledger.commit([record]);
    await ledger.commit([record], true);
    await ledger.commit([], true);
    await ledger.commit([recordWith()]);
    expect(entries('2026-11').map(({ number }) => number)).toEqual([1, 2]);
  });
});

test('groups of every size are written whole, in their order', async () => {
  const ledger = open();
  const written: string[] = [];
  for (let size = 1; size <= 40; size++) {
    const records = Array.from({ length: size }, (_, nth) =>
      recordWith({ keyId: `key_${nth % 3}`, charges: nth % 2 === 0 ? [charge] : [], costNanoUsd: nth }),
    );
    written.push(...records.map(({ requestId, costNanoUsd }) => `${requestId} ${costNanoUsd}`));
    await ledger.commit(records);
  }
  const kept = entries('2026-11');
  expect(kept.map(({ number }) => number)).toEqual(written.map((_, nth) => nth + 1));
  expect(kept.map(({ id, cost_nano_usd }) => `${id} ${cost_nano_usd}`)).toEqual(written);
  const rows = await ledger.usage(by('key'));
  expect(rows.map(({ requests }) => requests).reduce((sum, each) => sum + each)).toBe(written.length);
});

test('what an entry is charged to is its own, whoever called before', async () => {
  const ledger = open();
  const other = { budgetId: 'budget_2', bucketStartMs: day };
  const later = { ...charge, bucketStartMs: day + 1 };
  const charges = [[charge], [charge], [later], [charge, other], [], [other], [charge]];
  await ledger.commit(charges.map((each) => recordWith({ charges: each })));
  const texts = charges.map((each) =>
    each.length === 0
      ? null
      : JSON.stringify(each.map(({ budgetId, bucketStartMs }) => [budgetId, bucketStartMs])),
  );
  expect(entries('2026-11').map(({ charges: text }) => text as string | null)).toEqual(texts);
});

test('a file with an index of ids, as the first version wrote it, goes on without', async () => {
  const path = pathOf('2026-11.db');
  mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path);
  migrate(database, entrySteps.slice(0, 1), true);
  database.run('INSERT INTO terms (id, text) VALUES (1, \'["key_1",null,null,null,[]]\')');
  database.run(
    'INSERT INTO terms (id, text) VALUES (2, \'["/v1/chat/completions","p","m","passthrough",false,null]\')',
  );
  const insert = database.query(
    `INSERT INTO entries (number, id, ended_at_ms, caller, target, status, attempts, latency_us, usage_estimated, cost_unknown)
      VALUES (?, ?, ${day}, 1, 2, 200, 1, 5, 0, 0)`,
  );
  for (const number of [3, 1, 7]) insert.run(number, `req_${number}`);
  database.close();
  const ledger = open();
  await ledger.commit([recordWith()]);
  const kept = entries('2026-11');
  expect(kept.map(({ number }) => number)).toEqual([1, 3, 7, 8]);
  expect(kept.slice(0, 3).map(({ id, key_id }) => [id, key_id])).toEqual(
    [1, 3, 7].map((number) => [`req_${number}`, 'key_1']),
  );
  expect((await ledger.usage(by('key')))[0]?.requests).toBe(4);
  const reread = new Database(path, { readonly: true });
  const indexes = reread.query(
    "SELECT name FROM sqlite_master WHERE tbl_name = 'entries' AND type = 'index'",
  );
  expect(indexes.all()).toEqual([]);
  reread.close();
});
