/** Every storage there is, for tests of what all of them do alike. */
import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { Secret } from '../../src/core/secret.ts';
import type { ChangeFeed } from '../../src/identity/changes.ts';
import type { IdentityStore } from '../../src/identity/identity-store.ts';
import type { ObjectStore } from '../../src/identity/object-store.ts';
import { PostgresStorage } from '../../src/storage/postgres/postgres-storage.ts';
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { newSchema, whyNoPostgres } from '../support/postgres.ts';
import { somewhere } from './somewhere.ts';

export type OpenStorage = IdentityStore & {
  readonly changes: ChangeFeed;
  readonly objects: ObjectStore;
  close(): void;
};

export interface StoragePlace {
  /** Another look at the same, as another gateway has it. */
  open(): Promise<OpenStorage>;
  /** A query of the test's own. */
  ask(text: string): Promise<readonly object[]>;
  /** Closes what was opened, too. */
  remove(): Promise<void>;
}

interface StorageKind {
  readonly name: string;
  /** Why it is not here; undefined where it is. */
  readonly missing: string | undefined;
  /** Empty. */
  make(): Promise<StoragePlace>;
}

const secret = () => new Secret('a secret of the tests');

function placeOf(
  open: () => Promise<OpenStorage>,
  ask: StoragePlace['ask'],
  remove: () => void | Promise<void>,
): StoragePlace {
  const opened: OpenStorage[] = [];
  return {
    ask,
    async open() {
      const storage = await open();
      opened.push(storage);
      return storage;
    },
    async remove() {
      for (const storage of opened) storage.close();
      await remove();
    },
  };
}

const sqlite: StorageKind = {
  name: 'SQLite',
  missing: undefined,
  async make() {
    const { databasePath, remove } = somewhere();
    const ask = async (text: string) => {
      const database = new Database(databasePath, { readonly: true });
      try {
        return database.query<object, []>(text).all();
      } finally {
        database.close();
      }
    };
    return placeOf(async () => new SqliteStorage({ databasePath, secret: secret() }), ask, remove);
  },
};

const postgres: StorageKind = {
  name: 'PostgreSQL',
  missing: whyNoPostgres(),
  async make() {
    const { url, ask, remove } = await newSchema();
    const secretPath = join('/nowhere', 'opengateway.secret');
    return placeOf(
      () => PostgresStorage.open({ databaseUrl: new Secret(url), secret: secret(), secretPath }),
      ask,
      remove,
    );
  },
};

const kinds: readonly StorageKind[] = [sqlite, postgres];

/** The one `OPENGATEWAY_TEST_STORAGE` names, else SQLite: for tests that run once a storage, in a process each. */
export function storageOfRun(): StorageKind {
  return process.env.OPENGATEWAY_TEST_STORAGE === postgres.name ? postgres : sqlite;
}

/** For `describe.each`; what is not here says why, and its tests are skipped. */
export const storages = kinds.map(
  (kind) =>
    [kind.missing === undefined ? kind.name : `${kind.name} (skipped: ${kind.missing})`, kind] as const,
);
