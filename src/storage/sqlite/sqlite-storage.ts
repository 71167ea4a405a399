/**
 * Everything in one SQLite file, made when there is something to keep. What cannot be used is refused at start; where only
 * writing is impossible, what is there is read and changes are refused.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { ChangeFeed } from '../../identity/changes.ts';
import type { Change, IdentityStore } from '../../identity/identity-store.ts';
import type { ObjectStore } from '../../identity/object-store.ts';
import { IdentityRows } from '../identity-rows.ts';
import type { Cell, Row } from '../rows.ts';
import {
  drawServerSecret,
  keyedHasher,
  readServerSecret,
  secretMark,
  secretPathOf,
} from '../server-secret.ts';
import { checkChanged, insertMark, type Statement, type Step, selectMark, stepsOf } from '../statements.ts';
import { StorageRefused } from '../storage-refused.ts';
import { StoredObjects } from '../stored-objects.ts';
import { type Connection, connect, unavailable } from './connection.ts';
import { obstacle } from './obstacle.ts';

export interface StorageOptions {
  readonly databasePath: string;
  /** What keys are hashed with; undefined where it is drawn and kept beside the database. */
  readonly secret: Secret | undefined;
  /** Whether no other gateway may use the same database meanwhile. */
  readonly alone?: boolean;
}

interface Opened extends Connection {
  readonly keyedHash: (text: string) => string;
}

export class SqliteStorage extends IdentityRows implements IdentityStore {
  readonly changes = new ChangeFeed();
  readonly secrets = [];
  readonly objects: ObjectStore = new StoredObjects({
    rows: (statement) => this.rows(statement),
    run: (steps) => this.#run(steps),
    isEmpty: () => this.#opened === undefined,
  });
  readonly #path: string;
  readonly #configured: Secret | undefined;
  readonly #alone: boolean;
  #opened: Opened | undefined;

  /** Throws StorageRefused. */
  constructor({ databasePath, secret, alone = false }: StorageOptions) {
    super();
    this.#path = databasePath;
    this.#configured = secret;
    this.#alone = alone;
    if (existsSync(databasePath)) this.#open();
  }

  /** Whether anything is kept here: then there may be keys. */
  get hasAny(): boolean {
    return this.#opened !== undefined;
  }

  /** For the banner: where things are kept, and what is wrong with it. */
  get description(): string {
    if (this.#opened !== undefined)
      return this.#opened.isReadOnly ? `${this.#path} (read-only: changes are refused)` : this.#path;
    const why = obstacle(this.#path);
    return why === undefined
      ? `${this.#path}, made when there is something to keep`
      : `none: ${why}; the root key is the only one, and no ledger is kept`;
  }

  /** None while nothing was ever kept. */
  protected rows({ text, cells }: Statement): readonly Row[] {
    try {
      return this.#opened?.database.query<Row, Cell[]>(text).all(...cells) ?? [];
    } catch (thrown) {
      throw unavailable(thrown);
    }
  }

  async write(changes: readonly Change[]): Promise<void> {
    try {
      this.#run(changes.flatMap(stepsOf));
    } finally {
      // Also where it failed: how far it came is not known.
      this.changes.publish();
    }
  }

  keyedHash(text: string): string | undefined {
    // Another process may have made the database since.
    if (this.#opened === undefined && existsSync(this.#path)) this.#openLater();
    return this.#opened?.keyedHash(text);
  }

  async prepare(): Promise<void> {
    if (this.#opened === undefined) this.#make();
  }

  close(): void {
    this.#opened?.close();
    this.#opened = undefined;
  }

  /** All of them or none. */
  #run(steps: readonly Step[]): void {
    const { database, isReadOnly } = this.#opened ?? this.#make();
    if (isReadOnly)
      throw new GatewayError('storage_unavailable', 'The storage can only be read: nothing can be changed.');
    try {
      database
        .transaction(() => {
          for (const step of steps) checkChanged(step, database.query(step.text).run(...step.cells).changes);
        })
        .immediate();
    } catch (thrown) {
      throw unavailable(thrown);
    }
  }

  #make(): Opened {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    } catch (thrown) {
      const why = obstacle(this.#path) ?? String(thrown);
      throw new GatewayError('storage_unavailable', `Nothing can be kept here: ${why}.`, { cause: thrown });
    }
    return this.#openLater();
  }

  /** As at start, but for whoever made the call that needs it. */
  #openLater(): Opened {
    try {
      return this.#open();
    } catch (thrown) {
      const why = thrown instanceof StorageRefused ? thrown.message : obstacle(this.#path);
      throw new GatewayError('storage_unavailable', `The storage cannot be used: ${why ?? String(thrown)}`, {
        cause: thrown,
      });
    }
  }

  #open(): Opened {
    const isNew = !existsSync(this.#path);
    const secretPath = secretPathOf(this.#path);
    let secret = this.#configured?.reveal() ?? readServerSecret(secretPath);
    // Before the database: keys in it without a secret would be keys nobody can use.
    if (secret === undefined && isNew) secret = drawServerSecret(secretPath);
    const connection = connect(this.#path, this.#alone);
    try {
      secret ??= this.#missingSecret(connection, secretPath);
      this.#checkSecret(connection, secret);
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
    this.#opened = { ...connection, keyedHash: keyedHasher(secret) };
    return this.#opened;
  }

  #missingSecret(connection: Connection, secretPath: string): string {
    if (markOf(connection) === undefined && !connection.isReadOnly) return drawServerSecret(secretPath);
    throw new StorageRefused(
      `the secret its keys are hashed with is missing: bring back ${secretPath}, or set OPENGATEWAY_SECRET to what it was.`,
    );
  }

  /** The database knows which secret is its own, without knowing the secret. */
  #checkSecret(connection: Connection, secret: string): void {
    const expected = secretMark(secret);
    const mark = markOf(connection);
    if (mark === undefined && !connection.isReadOnly)
      connection.database.query(insertMark(expected).text).run(expected);
    else if (mark !== expected)
      throw new StorageRefused(
        'its keys are hashed with another secret: set OPENGATEWAY_SECRET to what it was, or unset it if it was not set.',
      );
  }
}

function markOf({ database }: Connection): string | undefined {
  const row = database.query<Row, Cell[]>(selectMark.text).get();
  return row === null ? undefined : String(row.value);
}
