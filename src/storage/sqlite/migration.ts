/** Brings a database to the form this version knows, one numbered step after the other; a newer form is refused. */
import type { Database } from 'bun:sqlite';
import { StorageRefused } from '../storage-refused.ts';

export interface Migration {
  /** Counted from 1, without gaps. */
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const table = `CREATE TABLE IF NOT EXISTS schema_migrations (
  number INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at_ms BIGINT NOT NULL)`;

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

function refuseNewer(applied: number, known: number): void {
  if (applied > known)
    throw new StorageRefused(
      `it was written by a newer version of OpenGateway (schema ${applied}, this version knows ${known}). Use that version, or a backup.`,
    );
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
      database.run(table);
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
