/** Fills a data directory with keys and entries, by SQL: as many as are asked for, their sums with them. */
import { Database } from 'bun:sqlite';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { newObjectId } from '../../src/core/ids.ts';
import { ledgerPathOf, SqliteLedger } from '../../src/storage/sqlite/ledger/sqlite-ledger.ts';
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { recordWith } from '../ledger/records.ts';
import { keyWith, organizationWith, teamWith } from '../storage/somewhere.ts';

export interface Filled {
  readonly databasePath: string;
  readonly keys: number;
  readonly entries: number;
  readonly teams: readonly string[];
}

const days = 30;
/** Both in one month, so that they are in one file. */
const from = Date.parse('2026-10-01T00:00:00Z');
const dayMs = 86_400_000;
const month = '2026-10';
const teamCount = 100;

/** As the SQL below writes them. */
export function keyIdOf(at: number): string {
  return `key_${at.toString(16).padStart(32, '0')}`;
}

export function secretOf(at: number): string {
  return at.toString(16).padStart(64, '0');
}

function bulk(path: string, work: (database: Database) => void): void {
  const database = new Database(path);
  database.run('PRAGMA journal_mode = WAL');
  database.run('PRAGMA synchronous = OFF');
  database.run('PRAGMA cache_size = -400000');
  work(database);
  database.run('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

const counting = 'WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)';
const step = 500_000;

function inSteps(count: number, work: (from: number, to: number) => void): void {
  for (let at = 0; at < count; at += step) work(at, Math.min(count, at + step));
}

/** `directory`: empty, or not there. */
export async function fillTables(directory: string, keys: number, entries: number): Promise<Filled> {
  mkdirSync(directory, { recursive: true });
  const databasePath = join(directory, 'opengateway.db');
  const organization = organizationWith();
  const teams = Array.from({ length: teamCount }, () => teamWith({ organizationId: organization.id }));
  const storage = new SqliteStorage({ databasePath, secret: undefined });
  const sample = keyWith({ organizationId: organization.id, teamId: teams[0]?.id ?? null });
  await storage.write([
    { insert: 'organization', row: organization },
    ...teams.map((row) => ({ insert: 'team', row }) as const),
    { insert: 'key', row: sample },
    { addSecret: { hash: newObjectId('none'), keyId: sample.id, createdAtMs: 1, expiresAtMs: null } },
  ]);
  storage.close();
  bulk(databasePath, (database) => {
    database.run('CREATE TEMP TABLE teams_by_number (number INTEGER PRIMARY KEY, id TEXT)');
    for (const [at, { id }] of teams.entries())
      database.query('INSERT INTO teams_by_number VALUES (?, ?)').run(at, id);
    const columns = database
      .query<{ name: string }, []>("SELECT name FROM pragma_table_info('keys')")
      .all()
      .map(({ name }) => name);
    const values = columns.map((name) =>
      name === 'id'
        ? "printf('key_%032x', i)"
        : name === 'team_id'
          ? `(SELECT id FROM teams_by_number WHERE number = i % ${teamCount})`
          : `sample.${name}`,
    );
    inSteps(keys, (first, end) => {
      database
        .query(
          `INSERT INTO keys (${columns.join(', ')}) ${counting} SELECT ${values.join(', ')} FROM n, (SELECT * FROM keys WHERE id = ?3) AS sample`,
        )
        .run(first, end, sample.id);
      database
        .query(
          `INSERT INTO key_secrets (hash, key_id, created_at_ms, expires_at_ms) ${counting} SELECT printf('%064x', i), printf('key_%032x', i), 1, NULL FROM n`,
        )
        .run(first, end);
    });
  });
  await fillLedger(
    databasePath,
    keys,
    entries,
    organization.id,
    teams.map(({ id }) => id),
  );
  return { databasePath, keys, entries, teams: teams.map(({ id }) => id) };
}

async function fillLedger(
  databasePath: string,
  keys: number,
  entries: number,
  organizationId: string,
  teams: readonly string[],
): Promise<void> {
  const ledger = new SqliteLedger({ databasePath, retentionDays: undefined, isSynced: false });
  await ledger.commit([
    recordWith({ endedAtMs: from, keyId: 'root', teamId: undefined, organizationId: undefined }),
  ]);
  ledger.close();
  const path = ledgerPathOf(databasePath);
  const keysADay = Math.ceil(keys / days);
  const entriesADay = Math.ceil(entries / days);
  bulk(join(path, `${month}.db`), (database) => {
    database.run('CREATE TEMP TABLE teams_by_number (number INTEGER PRIMARY KEY, id TEXT)');
    for (const [at, id] of teams.entries())
      database.query('INSERT INTO teams_by_number VALUES (?, ?)').run(at, id);
    const { target } = database.query('SELECT target FROM entries').get() as { target: number };
    inSteps(keys, (first, end) => {
      database
        .query(
          `INSERT INTO terms (id, text) ${counting} SELECT i + 1000, json_array(printf('key_%032x', i), NULL,
            (SELECT id FROM teams_by_number WHERE number = i % ${teamCount}), ?3, json('[]')) FROM n`,
        )
        .run(first, end, organizationId);
    });
    inSteps(entries, (first, end) => {
      database
        .query(
          `INSERT INTO entries (id, ended_at_ms, caller, target, status, attempts, latency_us, finish, input_tokens,
              cached_tokens, output_tokens, usage_estimated, cost_nano_usd, cost_unknown, upstream_request_id) ${counting}
            SELECT printf('req_%012x-%022x', ?3 + i * 200, i), ?3 + (i / ${entriesADay}) * ${dayMs},
              1000 + ((i % ${keysADay}) * ${days} + i / ${entriesADay}) % ${keys}, ?4, 200, 1, 500000, 'stop', 1000, 0, 200, 0,
              3500000, 0, printf('req_%016x', i) FROM n`,
        )
        .run(first, end, from, target);
    });
  });
  bulk(join(path, 'usage.db'), (database) => {
    database.run(`ATTACH '${join(path, `${month}.db`)}' AS month`);
    database.run('DELETE FROM usage_by_day');
    database.run(`INSERT INTO usage_by_day (day, organization_id, team_id, key_id, user_id, customer, provider, model,
        requests, errors, input_tokens, cached_tokens, output_tokens, cost_nano_usd)
      SELECT ended_at_ms / ${dayMs} AS day, coalesce(text ->> '$[3]', ''), coalesce(text ->> '$[2]', ''), text ->> '$[0]',
        '', '', 'p', 'm', count(*), 0, sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(cost_nano_usd)
      FROM month.entries JOIN month.terms ON terms.id = caller GROUP BY day, caller`);
    database.run('DELETE FROM team_usage_by_day');
    database.run(`INSERT INTO team_usage_by_day SELECT day, organization_id, team_id, provider, model, sum(requests), 0,
      sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(cost_nano_usd) FROM usage_by_day
      GROUP BY day, team_id, model, provider, organization_id`);
    database.run('UPDATE added_up SET number = (SELECT MAX(number) FROM month.entries)');
  });
}
