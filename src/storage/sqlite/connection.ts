/** One SQLite database, opened so that what it acknowledges lasts; and its failures, in words. */
import { constants, Database, SQLiteError } from 'bun:sqlite';
import { constants as access, accessSync, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '../../core/errors.ts';
import type { Migration } from '../migration.ts';
import { migrations } from '../migrations/index.ts';
import { StorageRefused } from '../storage-refused.ts';
import { migrate } from './migrate.ts';
import { lockDatabase, type ProcessLock } from './process-lock.ts';

/** How long a statement waits for another process to finish its own. */
const busyMs = 5000;

export interface Connection {
  readonly database: Database;
  readonly isReadOnly: boolean;
  close(): void;
}

const reasons: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  SQLITE_READONLY: 'the file system is read-only',
  SQLITE_BUSY: 'another process holds it',
  SQLITE_CORRUPT: 'the database is damaged',
  SQLITE_NOTADB: 'the file is no SQLite database',
  SQLITE_CANTOPEN: 'the file cannot be opened',
  SQLITE_IOERR: 'the disk does not answer',
};

function reasonOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const known = Object.entries(reasons).find(([name]) => code.startsWith(name))?.[1];
  return known ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

/** What went wrong at run time, for whoever asked for it. */
export function unavailable(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof SQLiteError && thrown.code?.startsWith('SQLITE_CONSTRAINT') === true)
    return new GatewayError('conflict', 'What this refers to was changed or made meanwhile.', {
      cause: thrown,
    });
  return new GatewayError('storage_unavailable', `The storage cannot be used: ${reasonOf(thrown)}.`, {
    cause: thrown,
  });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, access.W_OK);
    accessSync(dirname(path), access.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What was written and not yet moved into the database itself. */
function hasLog(path: string): boolean {
  const log = `${path}-wal`;
  return existsSync(log) && statSync(log).size > 0;
}

/** On a file system that takes no writes; SQLite would want files of its own beside the database. */
function openReadOnly(path: string): Database {
  if (hasLog(path))
    throw new StorageRefused(
      'it can only be read, and its write-ahead log holds changes that are not in it yet. Start it once where it can be written.',
    );
  const uri = `file:${encodeURI(path).replaceAll('?', '%3f').replaceAll('#', '%23')}?immutable=1`;
  return new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

function openForWriting(path: string): Database {
  const database = new Database(path, { create: true, readwrite: true });
  // The runtime's defaults are none of these.
  database.run(`PRAGMA busy_timeout = ${busyMs}`);
  database.run('PRAGMA journal_mode = WAL');
  database.run('PRAGMA synchronous = FULL');
  database.run('PRAGMA foreign_keys = ON');
  return database;
}

/**
 * `alone`: no other gateway may have it open; one that can only be read nobody holds. `steps`: those of the database's kind.
 * Throws StorageRefused.
 */
export function connect(path: string, alone: boolean, steps: readonly Migration[] = migrations): Connection {
  const isReadOnly = existsSync(path) && !isWritable(path);
  let lock: ProcessLock | undefined;
  let opened: Database | undefined;
  try {
    lock = alone && !isReadOnly ? lockDatabase(path) : undefined;
    const database = isReadOnly ? openReadOnly(path) : openForWriting(path);
    opened = database;
    migrate(database, steps, !isReadOnly);
    const close = () => {
      database.close();
      lock?.release();
    };
    return { database, isReadOnly, close };
  } catch (thrown) {
    opened?.close();
    lock?.release();
    if (thrown instanceof StorageRefused) throw thrown;
    throw new StorageRefused(`${reasonOf(thrown)}.`, { cause: thrown });
  }
}
