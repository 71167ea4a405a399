/** The entries of one month: a database of its own, so that old ones go by deleting a file. */
import type { Database, Statement } from 'bun:sqlite';
import { closeSync, existsSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '../../../core/errors.ts';
import type { CallRecord } from '../../../ledger/call-record.ts';
import type { FoldedCall } from '../../../ledger/usage-fold.ts';
import type { Cell, Row } from '../../rows.ts';
import { connect, unavailable } from '../connection.ts';
import { EntryRows, entryColumns } from './entry-rows.ts';
import { entrySteps } from './schema.ts';
import { SyncPace } from './sync-pace.ts';
import { WriteMarks } from './write-marks.ts';

/** How long it waits for another process to finish: the whole gateway waits with it. */
const busyMs = 1000;
/** Pages of 4 KB: larger groups of pages are moved into the database at once, and more rarely. */
const checkpointPages = 4000;

export interface NumberedCall {
  readonly number: number;
  readonly call: FoldedCall;
}

export class EntryFile {
  /** `2026-11`. */
  readonly month: string;
  readonly #database: Database;
  readonly #rows: EntryRows;
  readonly #marks = new WriteMarks();
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #log: number;
  /** What a failed sync left behind cannot be trusted to be on the disk, whatever a later one says. */
  #isSuspect = false;
  readonly #pace = new SyncPace();
  /** Of the last entry written here. */
  lastNumber: number;

  /** Made where it is not there. Throws StorageRefused. */
  constructor(path: string, month: string) {
    this.month = month;
    const isNew = !existsSync(path);
    const { database, isReadOnly } = connect(path, false, entrySteps);
    this.#database = database;
    if (isReadOnly) {
      database.close();
      throw new GatewayError('storage_unavailable', 'The ledger can only be read.');
    }
    database.run(`PRAGMA busy_timeout = ${busyMs}`);
    database.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    // Commits reach the disk by `sync`, which does not hold up the process.
    database.run('PRAGMA synchronous = NORMAL');
    this.#rows = new EntryRows(database);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    const last = database.query<{ last: number | null }, []>('SELECT MAX(number) AS last FROM entries').get();
    this.lastNumber = last?.last ?? 0;
    // The log exists from here on: as long as this connection lives, nobody takes it away.
    database.run('BEGIN IMMEDIATE');
    database.run('COMMIT');
    this.#log = openSync(`${path}-wal`, 'r+');
    if (isNew) {
      const directory = openSync(dirname(path), 'r');
      fsyncSync(directory);
      closeSync(directory);
    }
  }

  /**
   * All or none; then what was written is handed to `onNew`. `again`: some may be there already, and are passed over. Throws
   * `storage_unavailable`.
   */
  write(
    records: readonly CallRecord[],
    onNew: (record: CallRecord, number: number) => void,
    again = false,
  ): void {
    let fresh = records;
    let last = this.lastNumber;
    this.#marks.set(Date.now(), last);
    try {
      this.#begin.run();
      if (again) fresh = this.without(records);
      if (fresh.length > 0) last = this.#rows.insert(fresh);
      this.#commit.run();
    } catch (thrown) {
      this.#undo();
      throw unavailable(thrown);
    }
    this.lastNumber = last;
    let number = last - fresh.length;
    for (const record of fresh) onNew(record, ++number);
  }

  /** Those that are not here, each once. */
  without(records: readonly CallRecord[]): CallRecord[] {
    let [fromMs, toMs] = [Infinity, -Infinity];
    for (const { endedAtMs } of records) {
      fromMs = Math.min(fromMs, endedAtMs);
      toMs = Math.max(toMs, endedAtMs);
    }
    const known = this.#idsBetween(fromMs, toMs);
    return records.filter(({ requestId }) => {
      const isNew = !known.has(requestId);
      known.add(requestId);
      return isNew;
    });
  }

  /** Of calls that ended then, Unix time in milliseconds: none was written before it ended. */
  #idsBetween(fromMs: number, toMs: number): Set<string> {
    const rows = this.#database
      .query<{ id: string }, Cell[]>(
        'SELECT id FROM entries WHERE number > ? AND ended_at_ms BETWEEN ? AND ?',
      )
      .all(this.#marks.before(fromMs), fromMs, toMs);
    return new Set(rows.map(({ id }) => id));
  }

  /** Returns, or resolves, once all that was written is on the disk. */
  sync(): Promise<void> | undefined {
    if (this.#isSuspect) this.#moveAll();
    const startedAtMs = performance.now();
    if (!this.#pace.isQuick) return this.#syncElsewhere(startedAtMs);
    try {
      fdatasyncSync(this.#log);
    } catch (thrown) {
      throw this.#suspect(thrown);
    }
    this.#pace.waited(performance.now() - startedAtMs);
    return undefined;
  }

  #syncElsewhere(startedAtMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#log, (failure) => {
        if (failure !== null && failure !== undefined) {
          reject(this.#suspect(failure));
          return;
        }
        this.#pace.handedOver(performance.now() - startedAtMs);
        resolve();
      });
    });
  }

  #suspect(failure: unknown): GatewayError {
    this.#isSuspect = true;
    return unavailable(failure);
  }

  /** The entries behind the one with `number`, in their order. */
  after(number: number, limit: number): NumberedCall[] {
    const wanted =
      'ended_at_ms, customer, error, input_tokens, cached_tokens, output_tokens, cost_nano_usd, charges';
    return this.#select(wanted, number, limit).map((row) => ({
      number: Number(row.number),
      call: callOf(row),
    }));
  }

  /** The same with all that is known of each: its columns, and what it was made of as JSON in `caller` and `target`. */
  wholeAfter(number: number, limit: number): Row[] {
    const own = entryColumns.filter((name) => name !== 'caller' && name !== 'target');
    return this.#select(own.map((name) => `entries.${name} AS ${name}`).join(', '), number, limit);
  }

  /** How many there are. */
  get count(): number {
    return (
      this.#database.query<{ count: number }, []>('SELECT COUNT(*) AS count FROM entries').get()?.count ?? 0
    );
  }

  /** Those up to the one with `number` are no longer of interest. Throws `storage_unavailable`. */
  remove(number: number): number {
    try {
      this.#marks.clear();
      return this.#database.query('DELETE FROM entries WHERE number <= ?').run(number).changes;
    } catch (thrown) {
      throw unavailable(thrown);
    }
  }

  /** Cost and charges of entries that may be charged to a budget. */
  chargedTo(budgetId: string): Row[] {
    return this.#database
      .query<Row, Cell[]>('SELECT cost_nano_usd, charges FROM entries WHERE instr(charges, ?) > 0')
      .all(budgetId);
  }

  /** What entries were charged to, and how much that is of all that were charged to the same. */
  charged(): Row[] {
    return this.#database
      .query<Row, []>(
        'SELECT charges, SUM(cost_nano_usd) AS cost FROM entries WHERE charges IS NOT NULL AND cost_nano_usd > 0 GROUP BY charges',
      )
      .all();
  }

  #select(wanted: string, number: number, limit: number): Row[] {
    return this.#database
      .query<Row, Cell[]>(
        `SELECT number, ${wanted}, callers.text AS caller, targets.text AS target FROM entries
          JOIN terms AS callers ON callers.id = caller JOIN terms AS targets ON targets.id = target
          WHERE number > ? ORDER BY number LIMIT ?`,
      )
      .all(number, limit);
  }

  close(): void {
    closeSync(this.#log);
    for (const statement of [this.#begin, this.#commit]) statement.finalize();
    this.#rows.close();
    this.#database.close();
  }

  /** Into the database itself, which is synced with it: a failed sync of the log may have lost pages it will not speak of again. */
  #moveAll(): void {
    const done = this.#database.query<{ busy: number }, []>('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (done?.busy !== 0)
      throw new GatewayError('storage_unavailable', 'The storage cannot be used: another process holds it.');
    this.#isSuspect = false;
  }

  #undo(): void {
    this.#rows.forget();
    if (!this.#database.inTransaction) return;
    try {
      this.#database.run('ROLLBACK');
    } catch {
      // SQLite has undone it itself.
    }
  }
}

/** `[key, user, team, organization, tags]`. */
export type CallerTerm = readonly [
  string | null,
  string | null,
  string | null,
  string | null,
  readonly string[],
];
/** `[endpoint, provider, model, mode, stream, price]`. */
export type TargetTerm = readonly [
  string,
  string | null,
  string | null,
  string | null,
  boolean,
  object | null,
];

/** A row of `after` or `wholeAfter` as it is added up. */
export function callOf(row: Row): FoldedCall {
  const [keyId, userId, teamId, organizationId, tags] = JSON.parse(String(row.caller)) as CallerTerm;
  const [, provider, model] = JSON.parse(String(row.target)) as TargetTerm;
  const charges = (row.charges === null ? [] : JSON.parse(String(row.charges))) as [string, number][];
  const hasUsage = row.input_tokens !== null;
  return {
    endedAtMs: Number(row.ended_at_ms),
    keyId: keyId ?? undefined,
    userId: userId ?? undefined,
    teamId: teamId ?? undefined,
    organizationId: organizationId ?? undefined,
    tags,
    customer: row.customer === null ? undefined : String(row.customer),
    provider: provider ?? undefined,
    model: model ?? undefined,
    error: row.error ?? undefined,
    usage: hasUsage
      ? {
          inputTokens: Number(row.input_tokens),
          cachedInputTokens: Number(row.cached_tokens ?? 0),
          outputTokens: Number(row.output_tokens),
        }
      : undefined,
    costNanoUsd: row.cost_nano_usd === null ? undefined : Number(row.cost_nano_usd),
    charges: charges.map(([budgetId, bucketStartMs]) => ({ budgetId, bucketStartMs })),
  };
}
