/** Every ledger there is, for tests of what all of them do alike. */
import { Database } from 'bun:sqlite';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../../src/core/secret.ts';
import type { LedgerStore } from '../../../src/ledger/ledger-store.ts';
import { PostgresLedger } from '../../../src/storage/postgres/ledger/postgres-ledger.ts';
import { PostgresStorage } from '../../../src/storage/postgres/postgres-storage.ts';
import { ledgerPathOf, SqliteLedger } from '../../../src/storage/sqlite/ledger/sqlite-ledger.ts';
import { newSchema, whyNoPostgres } from '../../support/postgres.ts';
import { somewhere } from '../somewhere.ts';

export type OpenLedger = LedgerStore & { close(): void | Promise<void> };

export interface LedgerPlace {
  /** As the gateway has it after a start; one at a time. */
  open(): Promise<OpenLedger>;
  /** All that is kept of each entry, where it belongs. */
  calls(): Promise<readonly object[]>;
  /** Of all entries that are where they belong, in rising order. */
  ids(): Promise<string[]>;
  /** Closes what was opened, too. */
  remove(): Promise<void>;
}

interface LedgerKind {
  readonly name: string;
  /** Why it is not here; undefined where it is. */
  readonly missing: string | undefined;
  make(): Promise<LedgerPlace>;
}

const sqlite: LedgerKind = {
  name: 'SQLite',
  missing: undefined,
  async make() {
    const { databasePath, remove } = somewhere();
    const opened: SqliteLedger[] = [];
    const entries = (): Record<string, unknown>[] => {
      const directory = ledgerPathOf(databasePath);
      const months = readdirSync(directory).filter((name) => /^\d.*\.db$/.test(name));
      return months.flatMap((name) => {
        const database = new Database(join(directory, name), { readonly: true });
        const rows = database.query('SELECT * FROM calls').all();
        database.close();
        return rows as Record<string, unknown>[];
      });
    };
    return {
      async open() {
        const ledger = new SqliteLedger({ databasePath, retentionDays: undefined, isSynced: false });
        opened.push(ledger);
        return ledger;
      },
      async calls() {
        return entries().map(({ number: _, ...call }) => call);
      },
      async ids() {
        return entries()
          .map(({ id }) => String(id))
          .sort();
      },
      async remove() {
        for (const ledger of opened) ledger.close();
        remove();
      },
    };
  },
};

const postgres: LedgerKind = {
  name: 'PostgreSQL',
  missing: whyNoPostgres(),
  async make() {
    const { directory, remove } = somewhere();
    const schema = await newSchema();
    const storage = await PostgresStorage.open({
      databaseUrl: new Secret(schema.url),
      secret: new Secret('a secret of the tests'),
      secretPath: '/nowhere/x.secret',
    });
    const opened: PostgresLedger[] = [];
    const refused: string[] = [];
    return {
      async open() {
        const ledger = new PostgresLedger({
          client: storage.client,
          journalPath: join(directory, 'journal.db'),
          journalMaxEntries: 100_000,
          isSynced: false,
          retentionDays: undefined,
          onRefused: (id, { message }) => refused.push(`${id}: ${message}`),
        });
        opened.push(ledger);
        return ledger;
      },
      async calls() {
        return await storage.client.rows({ text: 'SELECT * FROM calls', cells: [] });
      },
      async ids() {
        const rows = await schema.ask('SELECT id FROM calls');
        return rows.map(({ id }) => String(id)).sort();
      },
      async remove() {
        for (const ledger of opened) await ledger.close();
        storage.close();
        await schema.remove();
        remove();
        if (refused.length > 0) throw new Error(`refused: ${refused.join(', ')}`);
      },
    };
  },
};

const kinds: readonly LedgerKind[] = [sqlite, postgres];

/** For `describe.each`; what is not here says why, and its tests are skipped. */
export const ledgers = kinds.map(
  (kind) =>
    [kind.missing === undefined ? kind.name : `${kind.name} (skipped: ${kind.missing})`, kind] as const,
);
