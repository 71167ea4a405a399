/** Everything in one PostgreSQL schema, shared by as many gateways as there are. What cannot be used is refused at start. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import { ChangeFeed } from '../../identity/changes.ts';
import type { Change, IdentityStore } from '../../identity/identity-store.ts';
import type { ObjectStore } from '../../identity/object-store.ts';
import { IdentityRows } from '../identity-rows.ts';
import { migrations } from '../migrations/index.ts';
import type { Row } from '../rows.ts';
import { drawServerSecret, keyedHasher, readServerSecret, secretMark } from '../server-secret.ts';
import {
  checkChanged,
  insertDatabaseId,
  insertMark,
  type Statement,
  type Step,
  selectDatabaseId,
  selectMark,
  stepsOf,
} from '../statements.ts';
import { StorageRefused } from '../storage-refused.ts';
import { StoredObjects } from '../stored-objects.ts';
import { type PostgresAddress, readAddress } from './address.ts';
import { PostgresClient } from './client.ts';
import { reasonOf } from './failure.ts';
import type { PostgresLedger, PostgresLedgerOptions } from './ledger/postgres-ledger.ts';
import { ledgerSteps } from './ledger/schema.ts';
import { migrate } from './migrate.ts';
import { Watch } from './watch.ts';

const connections = 10;
/** How long a database that is just starting is waited for at start. */
const patienceMs = 10_000;

export interface PostgresOptions {
  readonly databaseUrl: Secret;
  /** What keys are hashed with; undefined where it is drawn and kept in a file. */
  readonly secret: Secret | undefined;
  /** Where that file is. */
  readonly secretPath: string;
  /** Whether no other gateway may use the same schema meanwhile. */
  readonly alone?: boolean;
  /** How long to wait for a database that does not answer at start; 10 s when absent. */
  readonly patienceMs?: number;
}

/** Throws StorageRefused. */
function drawn(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return drawServerSecret(path);
  } catch (thrown) {
    if (thrown instanceof StorageRefused) throw thrown;
    throw new StorageRefused(`no secret can be kept in ${path}: set OPENGATEWAY_SECRET.`, { cause: thrown });
  }
}

/** The database's secret, drawn where neither has one yet. Rejects with StorageRefused. */
async function agreeOnSecret(client: PostgresClient, options: PostgresOptions): Promise<string> {
  const own = options.secret?.reveal() ?? readServerSecret(options.secretPath);
  return await client.transaction(async (inside) => {
    // Of several that start at once one draws it, and the others find the mark.
    await inside.run({
      text: "SELECT pg_advisory_xact_lock(hashtext('opengateway secret ' || current_schema()))",
      cells: [],
    });
    const [row] = (await inside.run(selectMark)).rows;
    if (row === undefined) {
      const secret = own ?? drawn(options.secretPath);
      await inside.run(insertMark(secretMark(secret)));
      return secret;
    }
    if (own === undefined)
      throw new StorageRefused(
        `the secret its keys are hashed with is missing: set OPENGATEWAY_SECRET to the same on every machine, or bring ${options.secretPath} from the one that drew it.`,
      );
    if (row.value === secretMark(own)) return own;
    throw new StorageRefused(
      'its keys are hashed with another secret: set OPENGATEWAY_SECRET to what it is on the other machines, or was.',
    );
  });
}

function refused(thrown: unknown, { description }: PostgresAddress): StorageRefused {
  const cause = thrown instanceof GatewayError ? thrown.cause : thrown;
  const refusal =
    thrown instanceof StorageRefused ? thrown : new StorageRefused(`${reasonOf(cause)}.`, { cause });
  refusal.place = description;
  return refusal;
}

async function patiently<T>(client: PostgresClient, act: () => Promise<T>, waitMs: number): Promise<T> {
  const giveUpAtMs = Date.now() + waitMs;
  for (;;) {
    try {
      return await act();
    } catch (thrown) {
      const isAway = thrown instanceof GatewayError && client.isAway;
      if (!isAway || Date.now() >= giveUpAtMs) throw thrown;
      await Bun.sleep(250);
      client.comeBack();
    }
  }
}

interface Parts {
  readonly id: string;
  readonly client: PostgresClient;
  readonly watch: Watch;
  readonly changes: ChangeFeed;
  readonly secret: string;
  readonly secrets: readonly Secret[];
  readonly channel: string;
}

export class PostgresStorage extends IdentityRows implements IdentityStore {
  readonly changes: ChangeFeed;
  readonly description: string;
  /** Of the database, whatever its address. */
  readonly id: string;
  /** Whether there may be keys. */
  readonly hasAny = true;
  readonly objects: ObjectStore = new StoredObjects({
    rows: (statement) => this.rows(statement),
    run: (steps) => this.#run(steps),
    isEmpty: () => false,
  });
  /** What must never be seen in a log. */
  readonly secrets: readonly Secret[];
  readonly #client: PostgresClient;
  readonly #watch: Watch;
  readonly keyedHash: (text: string) => string;
  readonly #channel: string;

  private constructor(address: PostgresAddress, parts: Parts) {
    super();
    this.description = address.description;
    this.id = parts.id;
    this.secrets = parts.secrets;
    this.changes = parts.changes;
    this.#client = parts.client;
    this.#watch = parts.watch;
    this.keyedHash = keyedHasher(parts.secret);
    this.#channel = parts.channel;
  }

  /** Rejects with StorageRefused. */
  static async open(options: PostgresOptions): Promise<PostgresStorage> {
    const address = readAddress(options.databaseUrl.reveal());
    let watch: Watch | undefined;
    const client = await PostgresClient.create(address, { max: connections, onLost: () => watch?.look() });
    try {
      await patiently(client, () => migrate(client, migrations), options.patienceMs ?? patienceMs);
      await migrate(client, ledgerSteps, 'ledger_migrations');
      const secret = await agreeOnSecret(client, options);
      const [row] = await client.rows({
        text: "SELECT 'opengateway_' || md5(current_schema()) AS channel",
        cells: [],
      });
      const channel = String(row?.channel);
      await client.rows(insertDatabaseId(crypto.randomUUID().slice(0, 8)));
      const id = String((await client.rows(selectDatabaseId))[0]?.value);
      const changes = new ChangeFeed();
      watch = await Watch.start(address, { client, changes, channel, alone: options.alone ?? false });
      const secrets = [
        options.databaseUrl,
        ...(address.password === '' ? [] : [new Secret(address.password)]),
      ];
      return new PostgresStorage(address, { id, client, watch, changes, secret, secrets, channel });
    } catch (thrown) {
      client.close();
      throw refused(thrown, address);
    }
  }

  /** Entries wait on this machine until they are there. Rejects with StorageRefused. */
  async openLedger(options: Omit<PostgresLedgerOptions, 'client'>): Promise<PostgresLedger> {
    const { PostgresLedger: Ledger } = await import('./ledger/postgres-ledger.ts');
    try {
      return new Ledger({ ...options, client: this.#client });
    } catch (thrown) {
      if (thrown instanceof StorageRefused) thrown.place = this.description;
      throw thrown;
    }
  }

  /** For what else is kept there. */
  get client(): PostgresClient {
    return this.#client;
  }

  /** False where it was to be alone and no longer is: what is counted here is then not all there is. */
  get isSole(): boolean {
    return this.#watch.isSole;
  }

  protected rows(statement: Statement): Promise<readonly Row[]> {
    return this.#client.rows(statement);
  }

  async write(changes: readonly Change[]): Promise<void> {
    // Delivered with the commit or not at all, also to this gateway: whether a commit that was lost has taken place.
    const word = { text: "SELECT pg_notify(?, '')", cells: [this.#channel] };
    await this.#run([...changes.flatMap(stepsOf), word]);
    this.changes.publish();
  }

  async prepare(): Promise<void> {
    // Everything was made at start.
  }

  async #run(steps: readonly Step[]): Promise<void> {
    await this.#client.transaction(async (inside) => {
      for (const step of steps) checkChanged(step, (await inside.run(step)).changed);
    });
  }

  close(): void {
    this.#watch.close();
    this.#client.close();
  }
}
