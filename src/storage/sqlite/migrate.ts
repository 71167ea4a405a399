/** Brings a SQLite database to the form this version knows, all missing steps or none. */
import type { Database } from 'bun:sqlite';
import { type Migration, migrationTable, refuseNewer } from '../migration.ts';
import { StorageRefused } from '../storage-refused.ts';

function appliedTo(database: Database): number {
  const { known } = database
    .query("SELECT COUNT(*) AS known FROM sqlite_master WHERE name = 'schema_migrations'")
    .get() as { known: number };
  if (known === 0) return 0;
  const { last } = database.query('SELECT MAX(number) AS last FROM schema_migrations').get() as {
    last: number | null;
  };
  return last ?? 0;
}

/** Throws StorageRefused. `mayWrite`: false for a database that can only be read, which then must be up to date. */
export function migrate(database: Database, migrations: readonly Migration[], mayWrite: boolean): void {
  const known = migrations.length;
  const applied = appliedTo(database);
  refuseNewer(applied, known);
  if (applied === known) return;
  if (!mayWrite)
    throw new StorageRefused(
      `it can only be read, and has to be brought from schema ${applied} to ${known} first.`,
    );
  database
    .transaction(() => {
      database.run(migrationTable('schema_migrations'));
      // Asked again under the lock: another process may have been faster.
      const now = appliedTo(database);
      refuseNewer(now, known);
      for (const { number, name, statements } of migrations.slice(now)) {
        for (const statement of statements) database.run(statement);
        database
          .query('INSERT INTO schema_migrations (number, name, applied_at_ms) VALUES (?, ?, ?)')
          .run(number, name, Date.now());
      }
    })
    .immediate();
}
