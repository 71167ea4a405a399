/**
 * Connections to one PostgreSQL. Every statement ends in time, at the server's hand or at this end; once the database is gone
 * nothing waits for it, until it has answered again.
 */
import type { Socket } from 'node:net';
import type postgres from 'postgres';
import { GatewayError } from '../../core/errors.ts';
import type { Cell, Row } from '../rows.ts';
import type { Statement } from '../statements.ts';
import type { PostgresAddress } from './address.ts';
import { isLost, Late, unavailable } from './failure.ts';

/** What the server gives a statement, and how long this end waits for its word, milliseconds. */
const statementMs = 8000;
const answerMs = 10_000;
const connectS = 5;
const idleS = 300;

/** Whatever runs statements: the client itself, or a transaction of it. */
export interface Runner {
  /** Rejects with what the library throws. */
  run(statement: Statement): Promise<Result>;
}

export interface Result {
  readonly rows: readonly Row[];
  /** How many rows were changed. */
  readonly changed: number;
}

export interface ClientOptions {
  /** Connections at once. */
  readonly max: number;
  /** Word from the server, on whatever channel it is listened to. */
  readonly onNotice?: () => void;
  /** A connection ended, whoever ended it. */
  readonly onClose?: () => void;
  /** The database was lost while something was asked of it. */
  readonly onLost?: () => void;
}

type Pool = postgres.Sql<{ bigint: number }>;
type Executor = Pick<Pool, 'unsafe'>;

/** What its texts can hold: no NUL, and no half of a character. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}

/** Numbers here are whole; what an upstream claims may be none, or beyond what is exact. */
export function storableCell(cell: Cell): Cell {
  if (typeof cell === 'string') return storable(cell);
  if (cell === null || Number.isSafeInteger(cell)) return cell;
  const whole = Number.isNaN(cell) ? 0 : Math.trunc(cell);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(whole, Number.MAX_SAFE_INTEGER));
}

/** PostgreSQL counts its parameters. */
async function execute(executor: Executor, { text, cells }: Statement): Promise<Result> {
  let at = 0;
  const numbered = text.replaceAll('?', () => `$${++at}`);
  const rows = await executor.unsafe<Row[]>(numbered, cells.map(storableCell), {
    prepare: cells.length > 0,
  });
  return { rows, changed: rows.count };
}

export class PostgresClient implements Runner {
  readonly #library: typeof postgres;
  readonly #connect: (path: PostgresAddress) => Socket;
  readonly #address: PostgresAddress;
  readonly #options: ClientOptions;
  #sockets = new Set<Socket>();
  #pool: Pool;
  #isAway = false;

  private constructor(
    library: typeof postgres,
    connect: (path: PostgresAddress) => Socket,
    address: PostgresAddress,
    options: ClientOptions,
  ) {
    this.#library = library;
    this.#connect = connect;
    this.#address = address;
    this.#options = options;
    this.#pool = this.#newPool();
  }

  /** Nothing is asked of it until it `comeBack`. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Nothing is connected before it is needed. */
  static async create(address: PostgresAddress, options: ClientOptions): Promise<PostgresClient> {
    const [{ default: library }, { connect }] = await Promise.all([import('postgres'), import('node:net')]);
    const open = ({ path, host, port }: PostgresAddress) =>
      path === undefined ? connect({ host, port }) : connect({ path });
    return new PostgresClient(library, open, address, options);
  }

  /** Rejects with `storage_unavailable` or `conflict`. */
  async rows(statement: Statement): Promise<readonly Row[]> {
    return (await this.attempt(() => this.run(statement))).rows;
  }

  async run(statement: Statement): Promise<Result> {
    return await execute(this.#pool, statement);
  }

  /** All or nothing, durable once it resolves. Rejects as `rows` does. `withinMs`: for what may take longer. */
  async transaction<T>(work: (inside: Runner) => Promise<T>, withinMs = answerMs): Promise<T> {
    return await this.attempt(async () => {
      const begun = this.#pool.begin(async (inside) => {
        if (withinMs > answerMs) await inside.unsafe('SET LOCAL statement_timeout = 0');
        return await work({ run: (statement) => execute(inside, statement) });
      });
      return (await begun) as T;
    }, withinMs);
  }

  /** Rejects as `rows` does, and at once while the database is away. */
  async attempt<T>(act: () => Promise<T>, withinMs = answerMs): Promise<T> {
    if (this.#isAway)
      throw new GatewayError(
        'storage_unavailable',
        'The storage cannot be used: the database cannot be reached.',
      );
    let timer: Timer | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Late()), withinMs);
    });
    try {
      return await Promise.race([act(), late]);
    } catch (thrown) {
      if (isLost(thrown)) {
        this.leave();
        this.#options.onLost?.();
      }
      throw unavailable(thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The database does not answer: all that waits for it fails now, and what comes next does not wait. */
  leave(): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#discard();
    this.#pool = this.#newPool();
  }

  /** It has answered. */
  comeBack(): void {
    this.#isAway = false;
  }

  close(): void {
    this.#isAway = true;
    this.#discard();
  }

  /** A server that is frozen never takes its leave: the sockets are closed without it. */
  #discard(): void {
    const sockets = this.#sockets;
    this.#sockets = new Set();
    const destroy = () => {
      for (const socket of sockets) socket.destroy();
    };
    this.#pool.end({ timeout: 0 }).then(destroy, destroy);
  }

  #newPool(): Pool {
    const { user, password, database, security, parameters } = this.#address;
    const { max, onNotice, onClose } = this.#options;
    const sockets = this.#sockets;
    const options = {
      ...{ user, password, database, max, ssl: security, connect_timeout: connectS, idle_timeout: idleS },
      ...{ max_lifetime: null, fetch_types: false, backoff: () => 0, onnotice: () => undefined },
      ...(onNotice !== undefined && { onnotify: onNotice }),
      // Also for a pool that was given up, which is none of the one in use.
      onclose: () => {
        if (sockets === this.#sockets) onClose?.();
      },
      types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
      connection: {
        ...parameters,
        statement_timeout: statementMs,
        lock_timeout: statementMs,
        idle_in_transaction_session_timeout: answerMs,
        // A gateway whose machine is gone must not hold its locks for hours.
        ...{ tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 },
      },
      socket: () => {
        if (sockets !== this.#sockets) throw new Late();
        for (const socket of sockets) if (socket.destroyed) sockets.delete(socket);
        const socket = this.#connect(this.#address);
        // Where the library looks for the server's name.
        Object.assign(socket, { host: this.#address.host });
        sockets.add(socket);
        return socket;
      },
    };
    return this.#library(options as unknown as postgres.Options<{ bigint: postgres.PostgresType<number> }>);
  }
}
