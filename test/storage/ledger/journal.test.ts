/** What waits on this machine for PostgreSQL: through a start, up to its bound, and each entry once whatever breaks between. */
import { afterEach, beforeEach, describe, test as every, expect } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { CallRecord } from '../../../src/ledger/call-record.ts';
import type { UsageQuery } from '../../../src/ledger/ledger-store.ts';
import type { KeptSpend, MovedSpend } from '../../../src/ledger/spend-watch.ts';
import { Journal } from '../../../src/storage/postgres/ledger/journal.ts';
import { PostgresLedger } from '../../../src/storage/postgres/ledger/postgres-ledger.ts';
import { Shipment } from '../../../src/storage/postgres/ledger/ship.ts';
import { PostgresStorage } from '../../../src/storage/postgres/postgres-storage.ts';
import { StorageRefused } from '../../../src/storage/storage-refused.ts';
import { recordWith } from '../../ledger/records.ts';
import { eventually } from '../../support/eventually.ts';
import { newSchema, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { type Somewhere, somewhere } from '../somewhere.ts';

const missing = whyNoPostgres();
const test = every.skipIf(missing !== undefined);
const why = missing === undefined ? '' : ` (skipped: ${missing})`;

const all: UsageQuery = { groupBy: 'day', fromMs: 0, toMs: Date.parse('2030-01-01T00:00:00Z') };
const day = Date.parse('2026-11-22T00:00:00Z');
const charge = { budgetId: 'budget_1', bucketStartMs: day };

let schema: Schema;
let place: Somewhere;
let storage: PostgresStorage;
const opened: PostgresLedger[] = [];
const refused: string[] = [];
beforeEach(async () => {
  place = somewhere();
  if (missing !== undefined) return;
  schema = await newSchema();
  storage = await PostgresStorage.open({
    databaseUrl: new Secret(schema.url),
    secret: new Secret('a secret of the tests'),
    secretPath: '/nowhere/x.secret',
  });
  refused.length = 0;
});
afterEach(async () => {
  if (missing === undefined) {
    for (const ledger of opened.splice(0)) await ledger.close();
    storage.close();
    await schema.remove();
  }
  place.remove();
});

const journalPath = (name = 'journal') => join(place.directory, `${name}.db`);

function open(
  more: { name?: string; journalMaxEntries?: number; retentionDays?: number } = {},
): PostgresLedger {
  const { name, journalMaxEntries = 1000, retentionDays } = more;
  const ledger = new PostgresLedger({
    client: storage.client,
    journalPath: journalPath(name),
    journalMaxEntries,
    isSynced: true,
    retentionDays,
    onRefused: (id) => refused.push(id),
  });
  opened.push(ledger);
  return ledger;
}

async function code(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code;
    throw thrown;
  }
  return 'done';
}

/** Fills a journal as a process does that is killed before anything was moved. */
async function left(name: string, count: number): Promise<string[]> {
  const journal = new Journal({ path: journalPath(name), journalMaxEntries: 10_000, isSynced: true });
  const records = Array.from({ length: count }, () => recordWith({ charges: [charge] }));
  for (let at = 0; at < count; at += 100) await journal.write(records.slice(at, at + 100));
  journal.close();
  return records.map(({ requestId }) => requestId);
}

const ids = async () => (await schema.ask('SELECT id FROM calls')).map(({ id }) => String(id)).sort();
const spent = async (ledger: PostgresLedger) =>
  (await ledger.spent('budget_1', 0)).reduce((sum, { spentNanoUsd }) => sum + spentNanoUsd, 0);

describe(`the journal${why}`, () => {
  test('is emptied by itself, and an empty one leaves nothing behind', async () => {
    const ledger = open();
    await ledger.commit([recordWith(), recordWith()]);
    expect(ledger.waiting).toBe(2);
    await eventually(() => ledger.waiting === 0, 'it is emptied');
    expect((await ids()).length).toBe(2);
    await ledger.close();
    expect(readdirSync(place.directory).filter((name) => name.startsWith('journal.db'))).toEqual([]);
  });

  test('is moved by the next start, in as many batches as it takes', async () => {
    const waiting = await left('journal', 1234);
    const ledger = open();
    expect(await spent(ledger)).toBe(123_400);
    expect((await ledger.usage(all)).map(({ requests }) => requests)).toEqual([1234]);
    expect(await ids()).toEqual(waiting.sort());
    expect(await spent(ledger)).toBe(123_400);
  });

  test('moved before the crash and moved again counts once', async () => {
    await left('journal', 20);
    const journal = new Journal({ path: journalPath(), journalMaxEntries: 100, isSynced: true });
    const entries = journal.next(100);
    journal.close();
    const first = open({ name: 'first' });
    await first.commit([recordWith()]);
    await first.usage(all);
    const shipment = new Shipment(storage.client);
    await shipment.ship(entries.slice(0, 12));
    // Here the process was killed: what it moved is in the journal still.
    const ledger = open();
    expect((await ledger.usage(all)).map(({ requests }) => requests)).toEqual([21]);
    expect(await spent(ledger)).toBe(2000);
    await shipment.ship(entries);
    expect((await ledger.usage(all)).map(({ requests }) => requests)).toEqual([21]);
    expect((await ids()).length).toBe(21);
  });

  test('of several gateways is moved at once, and nothing is lost or counted twice', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await left(name, 700);
    const ledgers = names.map((name) => open({ name }));
    const asked = ledgers.map(async (ledger) => {
      for (let round = 0; round < 5; round++) {
        await ledger.commit([recordWith({ charges: [charge], customer: `c${round}` })]);
        await ledger.usage(all);
      }
    });
    await Promise.all(asked);
    const [ledger] = ledgers;
    if (ledger === undefined) throw new Error('there is none');
    expect((await ledger.usage(all)).map(({ requests }) => requests)).toEqual([2820]);
    expect(await spent(ledger)).toBe(282_000);
    expect((await ids()).length).toBe(2820);
    expect(refused).toEqual([]);
  });

  test('takes no more than it may, and goes on when there is room', async () => {
    const ledger = open({ journalMaxEntries: 3 });
    const client = storage.client;
    client.leave();
    try {
      for (let at = 0; at < 3; at++) expect(await code(() => ledger.commit([recordWith()]))).toBe('done');
      expect(await code(() => ledger.commit([recordWith()]))).toBe('storage_unavailable');
      expect(await code(() => ledger.commit([]))).toBe('storage_unavailable');
      expect(await code(() => ledger.usage(all))).toBe('storage_unavailable');
      expect(await code(() => ledger.spent('budget_1', 0))).toBe('storage_unavailable');
      expect(ledger.waiting).toBe(3);
    } finally {
      client.comeBack();
    }
    await eventually(() => ledger.waiting === 0, 'it is emptied');
    expect(await code(() => ledger.commit([recordWith()]))).toBe('done');
  });

  test('of another gateway is refused, and so is a place where nothing can be kept', () => {
    open();
    expect(() => open()).toThrow(StorageRefused);
    writeFileSync(join(place.directory, 'file'), '');
    expect(() => open({ name: 'file/journal' })).toThrow(/is no directory/);
  });
});

test(`what was spent is neither missed nor counted twice while it moves${why}`, async () => {
  const ledger = open();
  let committed = 0;
  const asked: Promise<unknown>[] = [];
  const sums: [least: number, said: number, most: number][] = [];
  const writing = (async () => {
    for (let at = 0; at < 60; at++) {
      await ledger.commit(Array.from({ length: 5 }, () => recordWith({ charges: [charge] })));
      committed += 500;
      await Bun.sleep(3);
      if (at % 7 === 0) asked.push(ledger.usage(all));
    }
  })();
  while (committed < 30_000) {
    const least = committed;
    const said = await spent(ledger);
    sums.push([least, said, committed + 500]);
  }
  await writing;
  await Promise.all(asked);
  expect(sums.length).toBeGreaterThan(5);
  expect(sums.filter(([least, said, most]) => said < least || said > most)).toEqual([]);
  expect(await spent(ledger)).toBe(30_000);
}, 30_000);

test(`who watches is told what the journal has, what was left in it included, and the total behind each move${why}`, async () => {
  await left('journal', 3);
  const before = open({ name: 'other' });
  await before.commit([recordWith({ charges: [charge], costNanoUsd: 1000 })]);
  await before.usage(all);
  await schema.ask("ALTER TABLE calls ADD CONSTRAINT picky CHECK (customer <> 'unwanted')");
  const ledger = open();
  const kept: KeptSpend[] = [];
  const moved: MovedSpend[] = [];
  ledger.watch({ kept: (spend) => kept.push(spend), moved: (spend) => moved.push(...spend) });
  const bad = recordWith({ charges: [charge], customer: 'unwanted' });
  await ledger.commit([recordWith(), bad]);
  await ledger.usage(all);
  expect(kept).toEqual([
    { charges: [charge], costNanoUsd: 300 },
    { id: bad.requestId, charges: [charge], costNanoUsd: 100 },
  ]);
  const sumOf = (totalNanoUsd: number) =>
    moved.filter((spend) => spend.totalNanoUsd === totalNanoUsd).map(({ spentNanoUsd }) => spentNanoUsd);
  expect(sumOf(0)).toEqual([100]);
  expect(moved.reduce((sum, { spentNanoUsd }) => sum + spentNanoUsd, 0)).toBe(400);
  expect(Math.max(...moved.map(({ totalNanoUsd = 0 }) => totalNanoUsd))).toBe(1300);
  expect(await ledger.moved('budget_1', 0)).toEqual([{ bucketStartMs: day, spentNanoUsd: 1300 }]);
});

test(`of an entry that was there before nobody says what the total was behind it${why}`, async () => {
  const [record, later] = [0, 1].map(() => recordWith({ charges: [charge] })) as [CallRecord, CallRecord];
  const first = open({ name: 'first' });
  await first.commit([record]);
  await first.usage(all);
  const ledger = open();
  const moved: MovedSpend[] = [];
  ledger.watch({ kept: () => {}, moved: (spend) => moved.push(...spend) });
  await ledger.commit([record, later]);
  await ledger.usage(all);
  const expected = { ...charge, spentNanoUsd: 100 };
  expect(moved).toEqual([
    { ...expected, totalNanoUsd: 200 },
    { ...expected, totalNanoUsd: undefined },
  ]);
});

test(`an entry the database refuses is set aside, and the others go on${why}`, async () => {
  await schema.ask("ALTER TABLE calls ADD CONSTRAINT picky CHECK (customer <> 'unwanted')");
  const ledger = open();
  const bad = recordWith({ customer: 'unwanted' });
  const good = Array.from({ length: 9 }, () => recordWith());
  await ledger.commit([...good.slice(0, 4), bad, ...good.slice(4)]);
  expect((await ledger.usage(all)).map(({ requests }) => requests)).toEqual([9]);
  expect(refused).toEqual([bad.requestId]);
  expect(readFileSync(`${journalPath()}.refused`, 'utf8')).toContain(bad.requestId);
  expect(ledger.waiting).toBe(0);
});

test(`months are partitions, made ahead; those too old are dropped, and their sums stay${why}`, async () => {
  const partitions = async () =>
    (
      await schema.ask(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1",
      )
    ).map(({ relname }) => String(relname));
  const first = open();
  for (const month of ['2020-01', '2020-02'])
    await first.commit([recordWith({ endedAtMs: Date.parse(`${month}-15T00:00:00Z`) })]);
  expect((await first.usage(all)).length).toBe(2);
  const next = new Date();
  next.setUTCDate(1);
  next.setUTCMonth(next.getUTCMonth() + 1);
  const ahead = `calls_of_${next.toISOString().slice(0, 7).replace('-', '_')}`;
  expect(await partitions()).toEqual(['calls_of_2020_01', 'calls_of_2020_02', ahead]);
  await first.close();
  const later = open({ retentionDays: 31 });
  await later.commit([recordWith({ endedAtMs: Date.now() })]);
  await later.usage(all);
  expect((await partitions()).filter((name) => name.includes('2020'))).toEqual([]);
  expect((await later.usage(all)).length).toBe(3);
  // What was away for years comes back all the same.
  await later.commit([recordWith({ endedAtMs: Date.parse('2020-01-20T00:00:00Z') })]);
  expect((await later.usage(all))[1]?.requests).toBe(1);
  expect(existsSync(journalPath())).toBe(true);
});
