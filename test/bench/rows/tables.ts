/** A million keys and ten million entries against a thousand and ten thousand: what grows with the tables, and how. */
import { rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readUsageQuery } from '../../../src/http/admin/usage.ts';
import { ledgerPathOf, SqliteLedger } from '../../../src/storage/sqlite/ledger/sqlite-ledger.ts';
import { SqliteStorage } from '../../../src/storage/sqlite/sqlite-storage.ts';
import { recordWith } from '../../ledger/records.ts';
import { freePort } from '../../support/gateway.ts';
import type { Bench } from '../bench.ts';
import { type Filled, fillTables, keyIdOf, secretOf } from '../fill-tables.ts';
import type { Row } from '../row.ts';
import { median } from '../stats.ts';
import { gatewayEnv } from '../subject.ts';

const sizes = { small: [1000, 10_000], large: [1_000_000, 10_000_000] } as const;
const times = 200;

/** Milliseconds, the median of many. */
async function timed(count: number, work: (at: number) => unknown): Promise<number> {
  const figures: number[] = [];
  for (let at = 0; at < count; at++) {
    const startedAtMs = performance.now();
    await work(at);
    figures.push(performance.now() - startedAtMs);
  }
  return median(figures);
}

async function startMs({ processes, options }: Bench, { databasePath }: Filled): Promise<number> {
  return await timed(5, async () => {
    const port = await freePort();
    const env = { ...gatewayEnv(processes, port), OPENGATEWAY_DATA_DIR: dirname(databasePath) };
    const child = processes.start([options.gateway], { env });
    for (;;) {
      const isUp = await fetch(`http://127.0.0.1:${port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) break;
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    }
    await processes.stop(child);
  });
}

async function figuresOf(bench: Bench, filled: Filled): Promise<Map<string, number>> {
  const { databasePath, keys, teams } = filled;
  const started = await startMs(bench, filled);
  const storage = new SqliteStorage({ databasePath, secret: undefined });
  const ledger = new SqliteLedger({ databasePath, retentionDays: undefined, isSynced: true });
  const somewhere = (at: number) => (at * 7919 * 31) % keys;
  const team = (at: number) => teams[at % teams.length] ?? '';
  const span = 'from=2026-10-01&to=2026-11-01';
  const usage = (count: number, query: (at: number) => string) =>
    timed(count, (at) =>
      ledger.usage(readUsageQuery(`http://g/?${span}&${query(at)}`, Date.parse('2026-11-01T00:00:00Z'))),
    );
  // The middle of the list, and of the team's.
  const before = keyIdOf(Math.floor(keys / 2));
  const figures = new Map([
    [
      'a key that is not in memory is looked up',
      await timed(times, async (at) => {
        const secret = await storage.findSecret(secretOf(somewhere(at)));
        await storage.find('key', secret?.keyId ?? '');
      }),
    ],
    ['a page of all keys', await timed(times, () => storage.list('key', { limit: 20, before }))],
    [
      'a page of a team’s keys',
      await timed(times, (at) => storage.list('key', { limit: 20, before, teamId: team(at) })),
    ],
    ['usage of a key by day', await usage(times, (at) => `group_by=day&key_id=${keyIdOf(somewhere(at))}`)],
    ['a page of usage by key', await usage(times, () => 'group_by=key&limit=100')],
    [
      'usage of a team by day, its keys a hundredth of all',
      await usage(10, (at) => `group_by=day&team_id=${team(at)}`),
    ],
    ['usage of all by model', await usage(3, () => 'group_by=model')],
    [
      'a group of one entry is committed',
      await timed(times, () => ledger.commit([recordWith({ endedAtMs: Date.parse('2026-10-30') })])),
    ],
    ['from exec to the first answer', started],
  ]);
  ledger.close();
  storage.close();
  return figures;
}

export async function measureTables(bench: Bench): Promise<Row[]> {
  const { say, processes, options } = bench;
  const results: Map<string, number>[] = [];
  let gigabytes = 0;
  const scale = options.quick ? 20 : 1;
  for (const [name, [keys, entries]] of Object.entries(sizes)) {
    const directory = join(processes.dir, `tables-${name}`);
    const by = name === 'large' ? scale : 1;
    say(`${keys / by} keys and ${entries / by} entries are made`);
    const filled = await fillTables(directory, keys / by, entries / by);
    say('measuring');
    results.push(await figuresOf(bench, filled));
    gigabytes =
      (statSync(filled.databasePath).size +
        statSync(join(ledgerPathOf(filled.databasePath), '2026-10.db')).size +
        statSync(join(ledgerPathOf(filled.databasePath), 'usage.db')).size) /
      1e9;
    rmSync(directory, { recursive: true, force: true });
  }
  const [small, large] = results;
  return [...(large ?? [])].map(([what, measured], at) => ({
    what,
    unit: 'ms',
    measured,
    detail: `${measured.toFixed(3)} ms, ${small?.get(what)?.toFixed(3)} ms with 1000 keys and 10 000 entries`,
    ...(at === 0 && {
      how: `${sizes.large[0] / scale} keys and ${sizes.large[1] / scale} entries of a month, ${gigabytes.toFixed(1)} GB; medians`,
    }),
  }));
}
