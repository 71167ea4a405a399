/**
 * Everything in one SQLite file, made when there is something to keep. What cannot be used is refused at start; where only
 * writing is impossible, what is there is read and changes are refused.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { EntityKind, EntityOf, KeySecret } from '../../identity/entity.ts';
import type { Change, IdentityStore, KeptReply, ListQuery } from '../../identity/identity-store.ts';
import type { ObjectStore, UpstreamObject } from '../../identity/object-store.ts';
import {
  deleteObject,
  insertObject,
  type ObjectStatement,
  objectOf,
  selectObjects,
} from '../object-statements.ts';
import { drawServerSecret, readServerSecret, secretPathOf } from '../server-secret.ts';
import { StorageRefused } from '../storage-refused.ts';
import { type Connection, connect, unavailable } from './connection.ts';
import { type Cell, entityOf, type Row } from './rows.ts';
import { apply, selectOne, selectPage } from './statements.ts';

export interface StorageOptions {
  readonly databasePath: string;
  /** What keys are hashed with; undefined where it is drawn and kept beside the database. */
  readonly secret: Secret | undefined;
}

interface Opened extends Connection {
  readonly secret: string;
}

/** Why a file could not be made there; undefined where it could. */
function obstacle(path: string): string | undefined {
  let at = dirname(path);
  while (!existsSync(at)) at = dirname(at);
  try {
    if (!statSync(at).isDirectory()) return `${at} is no directory`;
    accessSync(at, constants.W_OK);
    return undefined;
  } catch {
    return `${at} cannot be written`;
  }
}

function hash(secret: string, text: string): string {
  return new Bun.CryptoHasher('sha256', secret).update(text).digest('hex');
}

export class SqliteStorage implements IdentityStore, ObjectStore {
  readonly #path: string;
  readonly #configured: Secret | undefined;
  #opened: Opened | undefined;

  /** Throws StorageRefused. */
  constructor({ databasePath, secret }: StorageOptions) {
    this.#path = databasePath;
    this.#configured = secret;
    if (existsSync(databasePath)) this.#open();
  }

  /** For the banner: where things are kept, and what is wrong with it. */
  get description(): string {
    if (this.#opened !== undefined)
      return this.#opened.isReadOnly ? `${this.#path} (read-only: changes are refused)` : this.#path;
    const why = obstacle(this.#path);
    return why === undefined
      ? `${this.#path}, made when there is something to keep`
      : `none: ${why}; the root key is the only one`;
  }

  async find<Kind extends EntityKind>(kind: Kind, id: string): Promise<EntityOf[Kind] | undefined> {
    const row = this.#read(({ database }) => selectOne(database, kind, id));
    return row ? entityOf(kind, row) : undefined;
  }

  async list<Kind extends EntityKind>(kind: Kind, query: ListQuery): Promise<readonly EntityOf[Kind][]> {
    const rows = this.#read(({ database }) => selectPage(database, kind, query)) ?? [];
    return rows.map((row) => entityOf(kind, row));
  }

  async findSecret(keyed: string): Promise<KeySecret | undefined> {
    const row = this.#row('SELECT * FROM key_secrets WHERE hash = ?', keyed);
    return row === undefined
      ? undefined
      : {
          hash: String(row.hash),
          keyId: String(row.key_id),
          createdAtMs: Number(row.created_at_ms),
          expiresAtMs: row.expires_at_ms as number | null,
        };
  }

  async findReply(id: string): Promise<KeptReply | undefined> {
    const row = this.#row('SELECT * FROM kept_replies WHERE id = ?', id);
    return row === undefined
      ? undefined
      : {
          id: String(row.id),
          request: String(row.request),
          sealed: String(row.sealed),
          expiresAtMs: Number(row.expires_at_ms),
        };
  }

  async write(changes: readonly Change[]): Promise<void> {
    this.#transact((database) => {
      for (const change of changes) apply(database, change);
    });
  }

  async findObjects(ids: readonly string[]): Promise<readonly UpstreamObject[]> {
    const rows = this.#read(({ database }) =>
      selectObjects(ids).flatMap(({ text, cells }) => database.query<Row, Cell[]>(text).all(...cells)),
    );
    return (rows ?? []).map(objectOf);
  }

  async addObjects(objects: readonly UpstreamObject[]): Promise<void> {
    this.#runAll(objects.map(insertObject));
  }

  async removeObject(provider: string, id: string): Promise<void> {
    if (this.#opened !== undefined) this.#runAll([deleteObject(provider, id)]);
  }

  keyedHash(text: string): string | undefined {
    // Another process may have made the database since.
    if (this.#opened === undefined && existsSync(this.#path)) this.#openLater();
    return this.#opened && hash(this.#opened.secret, text);
  }

  async prepare(): Promise<void> {
    if (this.#opened === undefined) this.#make();
  }

  close(): void {
    this.#opened?.database.close();
    this.#opened = undefined;
  }

  #runAll(statements: readonly ObjectStatement[]): void {
    this.#transact((database) => {
      for (const { text, cells } of statements) database.query(text).run(...cells);
    });
  }

  /** All or nothing. */
  #transact(act: (database: Connection['database']) => void): void {
    const { database, isReadOnly } = this.#opened ?? this.#make();
    if (isReadOnly)
      throw new GatewayError('storage_unavailable', 'The storage can only be read: nothing can be changed.');
    try {
      database.transaction(() => act(database)).immediate();
    } catch (thrown) {
      throw unavailable(thrown);
    }
  }

  #row(statement: string, key: string): Row | undefined {
    return this.#read(({ database }) => database.query<Row, Cell[]>(statement).get(key)) ?? undefined;
  }

  /** Undefined while nothing was ever kept. */
  #read<T>(ask: (opened: Opened) => T): T | undefined {
    try {
      return this.#opened && ask(this.#opened);
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
    const connection = connect(this.#path);
    try {
      secret ??= this.#missingSecret(connection, secretPath);
      this.#checkSecret(connection, secret);
    } catch (thrown) {
      connection.database.close();
      throw thrown;
    }
    this.#opened = { ...connection, secret };
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
    const expected = hash(secret, 'the secret of this database');
    const mark = markOf(connection);
    if (mark === undefined && !connection.isReadOnly)
      connection.database.query("INSERT INTO facts (name, value) VALUES ('secret_mark', ?)").run(expected);
    else if (mark !== expected)
      throw new StorageRefused(
        'its keys are hashed with another secret: set OPENGATEWAY_SECRET to what it was, or unset it if it was not set.',
      );
  }
}

function markOf({ database }: Connection): string | undefined {
  const row = database.query<Row, Cell[]>("SELECT value FROM facts WHERE name = 'secret_mark'").get();
  return row === null ? undefined : String(row.value);
}
