/** The numbered steps that bring a database to the form this version knows; what is newer than that is refused. */
import { StorageRefused } from './storage-refused.ts';

export interface Migration {
  /** Counted from 1, without gaps. */
  readonly number: number;
  readonly name: string;
  /** In what SQLite and PostgreSQL both understand. */
  readonly statements: readonly string[];
}

/** Which steps were taken. */
export function migrationTable(name: string): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
  number INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at_ms BIGINT NOT NULL)`;
}

/** Throws StorageRefused. */
export function refuseNewer(applied: number, known: number): void {
  if (applied > known)
    throw new StorageRefused(
      `it was written by a newer version of OpenGateway (schema ${applied}, this version knows ${known}). Use that version, or a backup.`,
    );
}
