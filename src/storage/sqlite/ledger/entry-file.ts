/** The entries of one month: a database of its own, so that old ones go by deleting a file. */
import type { Database, Statement } from 'bun:sqlite';
import { closeSync, existsSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '../../../core/errors.ts';
import type { CallRecord } from '../../../ledger/call-record.ts';
import { cutName, type FoldedCall } from '../../../ledger/usage-fold.ts';
import type { Cell, Row } from '../../rows.ts';
import { connect, unavailable } from '../connection.ts';
import { entrySteps } from './schema.ts';
import { Terms } from './terms.ts';

/** How long it waits for another process to finish: the whole gateway waits with it. */
const busyMs = 1000;
/** Pages of 4 KB: larger groups of pages are moved into the database at once, and more rarely. */
const checkpointPages = 4000;
/** What a quick disk does in less is waited for: to hand it to another thread and hear of it again costs more. */
const quickSyncMs = 0.5;

/** Of an entry; `caller` and `target` are terms. */
export const entryColumns = [
  'id',
  'ended_at_ms',
  'caller',
  'target',
  'requested_model',
  'customer',
  'status',
  'error',
  'attempts',
  'latency_us',
  'first_token_us',
  'finish',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'further_usage',
  'usage_estimated',
  'cost_nano_usd',
  'cost_unknown',
  'charges',
  'upstream_request_id',
];

const usual: ReadonlySet<string> = new Set(['inputTokens', 'outputTokens', 'cachedInputTokens']);

/** What there is beside the usual kinds, as JSON. */
function furtherUsage(usage: CallRecord['usage']): string | null {
  if (usage === undefined) return null;
  let further: Record<string, unknown> | undefined;
  for (const kind in usage)
    if (!usual.has(kind)) {
      further ??= {};
      further[kind] = usage[kind as keyof typeof usage];
    }
  return further === undefined ? null : JSON.stringify(further);
}

function chargesText(charges: CallRecord['charges']): string | null {
  let text = '';
  for (const { budgetId, bucketStartMs } of charges)
    text += `${text === '' ? '[' : ','}[${JSON.stringify(budgetId)},${bucketStartMs}]`;
  return text === '' ? null : `${text}]`;
}

export interface NumberedCall {
  readonly number: number;
  readonly call: FoldedCall;
}

export class EntryFile {
  /** `2026-11`. */
  readonly month: string;
  readonly #database: Database;
  readonly #terms: Terms;
  readonly #insert: Statement;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #log: number;
  /** What a failed sync left behind cannot be trusted to be on the disk, whatever a later one says. */
  #isSuspect = false;
  #isQuick = false;
  #slowSyncs = 0;
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
    this.#terms = new Terms(database);
    const places = entryColumns.map(() => '?').join(', ');
    this.#insert = database.prepare(
      `INSERT OR IGNORE INTO entries (${entryColumns.join(', ')}) VALUES (${places})`,
    );
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

  /** All or none; then those that were not there before are handed to `onNew`. Throws `storage_unavailable`. */
  write(records: readonly CallRecord[], onNew: (record: CallRecord, number: number) => void): void {
    /** Of each record; 0 for one that was there. */
    const numbers: number[] = [];
    let last = this.lastNumber;
    try {
      this.#begin.run();
      for (const record of records) {
        const { changes, lastInsertRowid } = this.#insertOne(record);
        if (changes > 0) last = Number(lastInsertRowid);
        numbers.push(changes > 0 ? last : 0);
      }
      this.#commit.run();
    } catch (thrown) {
      this.#undo();
      throw unavailable(thrown);
    }
    this.lastNumber = last;
    let at = 0;
    for (const record of records) {
      const number = numbers[at++] ?? 0;
      if (number > 0) onNew(record, number);
    }
  }

  #insertOne(record: CallRecord) {
    const { usage, error, timeToFirstTokenMs: first } = record;
    return this.#insert.run(
      record.requestId,
      record.endedAtMs,
      this.#terms.callerOf(record),
      this.#terms.targetOf(record),
      record.requestedModel === record.model ? null : (cutName(record.requestedModel) ?? null),
      cutName(record.customer) ?? null,
      record.status,
      error === undefined ? null : error.code,
      record.attempts,
      Math.round(record.latencyMs * 1000),
      first === undefined ? null : Math.round(first * 1000),
      record.finish ?? null,
      usage === undefined ? null : usage.inputTokens,
      usage?.cachedInputTokens ?? null,
      usage === undefined ? null : usage.outputTokens,
      furtherUsage(usage),
      record.usageEstimated ? 1 : 0,
      record.costNanoUsd ?? null,
      record.costUnknown ? 1 : 0,
      chargesText(record.charges),
      cutName(record.upstreamRequestId) ?? null,
    );
  }

  /** Returns, or resolves, once all that was written is on the disk. */
  sync(): Promise<void> | undefined {
    if (this.#isSuspect) this.#moveAll();
    const startedAtMs = performance.now();
    if (!this.#isQuick) return this.#syncElsewhere(startedAtMs);
    try {
      fdatasyncSync(this.#log);
    } catch (thrown) {
      throw this.#suspect(thrown);
    }
    this.#isQuick = performance.now() - startedAtMs < quickSyncMs;
    return undefined;
  }

  #syncElsewhere(startedAtMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#log, (failure) => {
        if (failure !== null && failure !== undefined) {
          reject(this.#suspect(failure));
          return;
        }
        const tookMs = performance.now() - startedAtMs;
        // The turn of the loop is in it: now and then it is looked at without.
        this.#isQuick = tookMs < quickSyncMs || (tookMs < quickSyncMs * 4 && ++this.#slowSyncs % 32 === 0);
        resolve();
      });
    });
  }

  #suspect(failure: unknown): GatewayError {
    this.#isSuspect = true;
    return unavailable(failure);
  }

  has(id: string): boolean {
    return this.#database.query('SELECT 1 FROM entries WHERE id = ?').get(id) !== null;
  }

  /** The entries behind the one with `number`, in their order. */
  after(number: number, limit: number): NumberedCall[] {
    const wanted =
      'ended_at_ms, customer, error, input_tokens, cached_tokens, output_tokens, cost_nano_usd, charges';
    return this.#rows(wanted, number, limit).map((row) => ({
      number: Number(row.number),
      call: callOf(row),
    }));
  }

  /** The same with all that is known of each: its columns, and what it was made of as JSON in `caller` and `target`. */
  wholeAfter(number: number, limit: number): Row[] {
    const own = entryColumns.filter((name) => name !== 'caller' && name !== 'target');
    return this.#rows(own.map((name) => `entries.${name} AS ${name}`).join(', '), number, limit);
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

  #rows(wanted: string, number: number, limit: number): Row[] {
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
    // Statements that are left would keep the file open, and its space taken, until they are collected.
    for (const statement of [this.#insert, this.#begin, this.#commit]) statement.finalize();
    this.#terms.close();
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
    this.#terms.forget();
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
