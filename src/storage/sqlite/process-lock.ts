/**
 * Holds a database for one gateway as long as it lives, since two would not count each other's calls. It is SQLite's own lock
 * on a file beside it: the system lets go of it whichever way a process ends, and no number of a process can be mistaken.
 */
import { Database, SQLiteError } from 'bun:sqlite';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StorageRefused } from '../storage-refused.ts';

export interface ProcessLock {
  release(): void;
}

/** By whichever name the database is called, the lock is one. */
function lockPathOf(databasePath: string): string {
  const path = existsSync(databasePath)
    ? realpathSync(databasePath)
    : join(realpathSync(dirname(databasePath)), basename(databasePath));
  return `${path.replace(/\.db$/, '')}.lock`;
}

/** Throws StorageRefused. */
export function lockDatabase(databasePath: string): ProcessLock {
  const path = lockPathOf(databasePath);
  const database = new Database(path, { create: true, readwrite: true });
  try {
    // Nothing is ever written to it; a journal on disk would only be left behind.
    database.run('PRAGMA journal_mode = MEMORY');
    database.run('BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    if (!(thrown instanceof SQLiteError) || !thrown.code?.startsWith('SQLITE_BUSY')) throw thrown;
    throw new StorageRefused(
      'another gateway is using it, and two would not count each other’s calls. Stop that one, give this one a data directory of its own, or give one gateway several WORKERS.',
    );
  }
  return { release: () => database.close() };
}
