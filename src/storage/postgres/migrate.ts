/** Brings a PostgreSQL schema to the form this version knows, all missing steps or none; several gateways may start at once. */
import { type Migration, migrationTable, refuseNewer } from '../migration.ts';
import { StorageRefused } from '../storage-refused.ts';
import type { PostgresClient, Runner } from './client.ts';

/** Tables of any size may have to be gone through. */
const patienceMs = 3_600_000;

/**
 * Names sort and compare by their bytes, as everywhere else here, whatever the database's own language; and whole numbers are
 * as large as SQLite's.
 */
function inPostgres(statement: string): string {
  return statement
    .replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"')
    .replaceAll(/\bINTEGER\b/g, 'BIGINT')
    .replace(/ WITHOUT ROWID$/, '');
}

function one(text: string) {
  return { text, cells: [] };
}

async function appliedTo(runner: Runner, table: string): Promise<number> {
  const { rows } = await runner.run({
    text: 'SELECT current_schema() AS place, (SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?) AS known',
    cells: [table],
  });
  const [found] = rows;
  if (found === undefined || found.place === null)
    throw new StorageRefused('its search_path names no schema that is there.');
  if (found.known === 0) return 0;
  const last = await runner.run(one(`SELECT MAX(number) AS last FROM ${table}`));
  return Number(last.rows[0]?.last ?? 0);
}

/** `table`: where it is noted which steps were taken. Rejects with StorageRefused. */
export async function migrate(
  client: PostgresClient,
  migrations: readonly Migration[],
  table = 'schema_migrations',
): Promise<void> {
  const known = migrations.length;
  const applied = await client.attempt(() => appliedTo(client, table));
  refuseNewer(applied, known);
  if (applied === known) return;
  await client.transaction(async (inside) => {
    await inside.run(
      one("SELECT pg_advisory_xact_lock(hashtext('opengateway schema ' || current_schema()))"),
    );
    await inside.run(one(inPostgres(migrationTable(table))));
    // Asked again under the lock: another process may have been faster.
    const now = await appliedTo(inside, table);
    refuseNewer(now, known);
    for (const { number, name, statements } of migrations.slice(now)) {
      for (const statement of statements) await inside.run(one(inPostgres(statement)));
      await inside.run({
        text: `INSERT INTO ${table} (number, name, applied_at_ms) VALUES (?, ?, ?)`,
        cells: [number, name, Date.now()],
      });
    }
  }, patienceMs);
}
