/**
 * Lets a disk run full after one page, after two, after three, …: a program for `full-disk.test.ts`, which gives it a small file
 * system of its own. Prints a line of JSON for each.
 */
import { existsSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../../src/core/errors.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { SqliteLedger } from '../../../src/storage/sqlite/ledger/sqlite-ledger.ts';
import { recordWith } from '../../ledger/records.ts';
import { readBooks } from './books.ts';

const [, , directory = '', ...pages] = process.argv;
const pageBytes = 4096;
const calls = 30;
const filler = join(directory, 'filler');
const charges = [{ budgetId: 'budget_1', bucketStartMs: 0 }];

/** Leaves `free` pages. */
function fill(free: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const bytes = bavail * bsize - free * pageBytes;
  if (bytes > 0) writeFileSync(filler, new Uint8Array(bytes));
}

async function runOut(free: number): Promise<object> {
  if (existsSync(filler)) truncateSync(filler);
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
  fill(free);
  const store = new SqliteLedger({
    databasePath: join(directory, 'opengateway.db'),
    retentionDays: undefined,
    isSynced: true,
  });
  let isBack = () => {};
  let failures = 0;
  const ledger = new Ledger({
    store,
    whenUnavailable: 'refuse',
    onReleased: () => {},
    onStanding: (failure) => {
      if (failure !== undefined) failures++;
      else isBack();
    },
    onLost: () => {
      throw new Error('a record was lost');
    },
    retryMs: 2,
  });
  const kept: string[] = [];
  const refused: string[] = [];
  const codes = new Set<string>();
  const call = async () => {
    try {
      ledger.check();
    } catch (thrown) {
      codes.add(thrown instanceof GatewayError ? thrown.code : String(thrown));
      return;
    }
    // A term of its own each, so that every table has to grow.
    const record = recordWith({ charges, tags: [`t${kept.length}`], customer: 'c'.repeat(200) });
    try {
      await ledger.append(record);
      kept.push(record.requestId);
    } catch (thrown) {
      refused.push(record.requestId);
      codes.add(thrown instanceof GatewayError ? thrown.code : String(thrown));
    }
  };
  for (let at = 0; at < calls; at++) {
    await call();
    if (at % 3 === 2)
      await store.usage({ groupBy: 'key', fromMs: 0, toMs: Date.now() }).catch((thrown: unknown) => {
        codes.add(thrown instanceof GatewayError ? thrown.code : String(thrown));
      });
  }
  const before = kept.length;
  const back = new Promise<void>((resolve) => {
    isBack = resolve;
  });
  // Truncated, not removed: what is removed may be given back a while later.
  if (existsSync(filler)) truncateSync(filler);
  let isUp = true;
  try {
    ledger.check();
  } catch {
    isUp = false;
  }
  if (!isUp) await back;
  await call();
  await ledger.close();
  store.close();
  const books = readBooks(directory);
  const expected = [...kept, ...refused].sort();
  return {
    free,
    before,
    failures,
    refused: refused.length,
    codes: [...codes],
    worksAgain: kept.length > before,
    isWhole: Bun.deepEquals([...books.ids].sort(), expected),
    isAddedUp:
      Bun.deepEquals(books.usage, books.entries) &&
      Bun.deepEquals(books.teamUsage, books.entries) &&
      Bun.deepEquals(books.spent, books.charged),
    integrity: [...new Set(books.integrity)],
  };
}

for (const free of pages) process.stdout.write(`${JSON.stringify(await runOut(Number(free)))}\n`);
