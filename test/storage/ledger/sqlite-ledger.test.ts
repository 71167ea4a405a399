/** What is committed is there once, whatever is sent twice; sums are what the entries say, whatever was lost between. */
import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CallRecord } from '../../../src/ledger/call-record.ts';
import type { UsageQuery } from '../../../src/ledger/ledger-store.ts';
import { ledgerPathOf, SqliteLedger } from '../../../src/storage/sqlite/ledger/sqlite-ledger.ts';
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
    await ledger.commit([late, next]);
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
