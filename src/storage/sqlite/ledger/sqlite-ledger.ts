/**
 * The ledger on SQLite. Entries are the truth: a file a month, appended to, one transaction a group. What they add up to is in a
 * database of its own, brought up to date once a second, and after a crash from the entries it has not seen.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../../core/errors.ts';
import type { CallRecord } from '../../../ledger/call-record.ts';
import type { BucketSpend, LedgerStore, UsageQuery, UsageRow } from '../../../ledger/ledger-store.ts';
import { dayMs, UsageFold } from '../../../ledger/usage-fold.ts';
import { selectUsage, usageRowOf } from '../../ledger/usage-query.ts';
import { StorageRefused } from '../../storage-refused.ts';
import { unavailable } from '../connection.ts';
import { obstacle } from '../obstacle.ts';
import { EntryFile } from './entry-file.ts';
import { UsageDatabase } from './usage-database.ts';

export interface SqliteLedgerOptions {
  /** Of the main database: the ledger stands beside it. */
  readonly databasePath: string;
  /** Whole months are kept; undefined for all. */
  readonly retentionDays: number | undefined;
  /** Whether a group counts as kept only once it is on the disk; where not, it outlives this process but not the machine. */
  readonly isSynced: boolean;
  /** What was kept is not yet added up, and why; it is tried again. */
  readonly onBehind?: (failure: GatewayError) => void;
}

/** How long calls gather before they are added up. */
const addUpMs = 1000;
const maxPending = 20_000;
/** Entries a transaction, where they are added up from the file. */
const chunk = 10_000;

export function ledgerPathOf(databasePath: string): string {
  return `${databasePath.replace(/\.db$/, '')}.ledger`;
}

function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

export class SqliteLedger implements LedgerStore {
  readonly #options: SqliteLedgerOptions;
  readonly #directory: string;
  #usage: UsageDatabase | undefined;
  #file: EntryFile | undefined;
  /** The entries of `#file` that are not added up yet. */
  #pending = new UsageFold();
  /** The number before the first of them. */
  #pendingFrom = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The month of `#file`, as a span of time. */
  #fromMs = Infinity;
  #toMs = -Infinity;

  /** Throws StorageRefused for a ledger that is there and cannot be used. */
  constructor(options: SqliteLedgerOptions) {
    this.#options = options;
    this.#directory = ledgerPathOf(options.databasePath);
    if (existsSync(this.#directory) && this.obstacle === undefined) this.#open();
  }

  get isUnmade(): boolean {
    return (
      this.#usage === undefined && !existsSync(this.#directory) && !existsSync(this.#options.databasePath)
    );
  }

  /** Why nothing can be kept here; undefined where it can. */
  get obstacle(): string | undefined {
    return obstacle(join(this.#directory, 'usage.db'));
  }

  commit(records: readonly CallRecord[], again = false): void | Promise<void> {
    const last = records.at(-1);
    try {
      const file = this.#fileFor(last?.endedAtMs ?? Date.now());
      file.write(again ? this.#withoutThoseElsewhere(records) : records, this.#onNew, again);
      if (this.#pending.count > 0) this.#addUpSoon();
      return this.#options.isSynced ? file.sync() : undefined;
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }

  readonly #onNew = (record: CallRecord, number: number): void => {
    if (this.#pending.count === 0) this.#pendingFrom = number - 1;
    this.#pending.add(record);
  };

  async spent(budgetId: string, sinceMs: number): Promise<readonly BucketSpend[]> {
    const spent = new Map<number, number>();
    try {
      for (const { bucketStartMs, spentNanoUsd } of this.#usage?.spent(budgetId, sinceMs) ?? [])
        spent.set(bucketStartMs, spentNanoUsd);
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
    for (const [startMs, nanoUsd] of this.#pending.spent.get(budgetId) ?? [])
      if (startMs >= sinceMs) spent.set(startMs, (spent.get(startMs) ?? 0) + nanoUsd);
    return [...spent].map(([bucketStartMs, spentNanoUsd]) => ({ bucketStartMs, spentNanoUsd }));
  }

  async usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    try {
      this.#addUp();
      // Whole numbers would overflow where an upstream claims too much; TOTAL cannot.
      const statement = selectUsage(query, (column) => `TOTAL(${column})`);
      return this.#usage?.rows(statement).map((row) => usageRowOf(query, row)) ?? [];
    } catch (thrown) {
      throw asUnavailable(thrown);
    }
  }

  /** What is not added up then will be at the next start. */
  close(): void {
    clearTimeout(this.#timer);
    try {
      this.#addUp();
    } catch {
      // The entries are there.
    }
    this.#file?.close();
    this.#usage?.close();
    this.#file = undefined;
    this.#usage = undefined;
    this.#toMs = -Infinity;
  }

  #addUpSoon(): void {
    if (this.#pending.count >= maxPending) this.#addUpOrSay();
    else this.#timer ??= setTimeout(() => this.#addUpOrSay(), addUpMs);
  }

  #addUpOrSay(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.#addUp();
    } catch (thrown) {
      this.#options.onBehind?.(asUnavailable(thrown));
      this.#timer = setTimeout(() => this.#addUpOrSay(), addUpMs);
    }
  }

  #addUp(): void {
    const file = this.#file;
    if (file === undefined || this.#pending.count === 0) return;
    const from = this.#pendingFrom;
    const to = file.lastNumber;
    const isAll = to - from === this.#pending.count;
    if (!isAll || this.#usage?.add(file.month, this.#pending, from, to) !== true) this.#addUpFrom(file);
    this.#pending = new UsageFold();
  }

  /** From the entries themselves: after a crash, or where another process has written between. */
  #addUpFrom(file: EntryFile): void {
    const usage = this.#usage;
    for (;;) {
      const from = usage?.mark(file.month) ?? 0;
      const entries = file.after(from, chunk);
      const to = entries.at(-1)?.number;
      if (to === undefined) return;
      const fold = new UsageFold();
      for (const { call } of entries) fold.add(call);
      usage?.add(file.month, fold, from, to);
    }
  }

  #fileFor(endedAtMs: number): EntryFile {
    if (this.#file !== undefined && endedAtMs >= this.#fromMs && endedAtMs < this.#toMs) return this.#file;
    if (this.#usage === undefined) this.#make();
    const month = monthOf(endedAtMs);
    if (this.#file !== undefined) {
      this.#addUp();
      this.#file.close();
      this.#file = undefined;
    }
    const file = this.#openMonth(month);
    this.#addUpFrom(file);
    this.#file = file;
    this.#fromMs = Date.parse(`${month}-01T00:00:00Z`);
    const first = new Date(this.#fromMs);
    this.#toMs = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1);
    this.#dropOld(Date.now());
    return file;
  }

  /** A call that ended in another month than its group may have been kept there: the same group, tried again after midnight. */
  #withoutThoseElsewhere(records: readonly CallRecord[]): readonly CallRecord[] {
    if (records.every(({ endedAtMs }) => endedAtMs >= this.#fromMs && endedAtMs < this.#toMs)) return records;
    const months = new Set(this.#months());
    const byMonth = Map.groupBy(records, ({ endedAtMs }) => monthOf(endedAtMs));
    return [...byMonth].flatMap(([month, ended]) => {
      if (month === this.#file?.month || !months.has(month)) return ended;
      const file = this.#openMonth(month);
      try {
        return file.without(ended);
      } finally {
        file.close();
      }
    });
  }

  #openMonth(month: string): EntryFile {
    return new EntryFile(join(this.#directory, `${month}.db`), month);
  }

  #make(): void {
    const why = this.obstacle;
    if (why !== undefined)
      throw new GatewayError('storage_unavailable', `The ledger cannot be written: ${why}.`);
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#open();
  }

  /** What the last process had not added up is in its last files. */
  #open(): void {
    const usage = new UsageDatabase(join(this.#directory, 'usage.db'));
    this.#usage = usage;
    const months = this.#months();
    for (const month of months.filter(
      (each, at) => at >= months.length - 2 || usage.mark(each) === undefined,
    )) {
      const file = this.#openMonth(month);
      this.#addUpFrom(file);
      file.close();
    }
  }

  /** In rising order. */
  #months(): string[] {
    return readdirSync(this.#directory)
      .flatMap((name) => /^(\d{4}-\d{2})\.db$/.exec(name)?.[1] ?? [])
      .sort();
  }

  #dropOld(nowMs: number): void {
    const { retentionDays } = this.#options;
    if (retentionDays === undefined) return;
    const oldest = monthOf(nowMs - retentionDays * dayMs);
    const old = this.#months().filter((month) => month < oldest && month !== this.#file?.month);
    if (old.length === 0) return;
    this.#usage?.settle();
    for (const month of old)
      for (const suffix of ['', '-wal', '-shm'])
        rmSync(join(this.#directory, `${month}.db${suffix}`), { force: true });
  }
}

function asUnavailable(thrown: unknown): GatewayError {
  return thrown instanceof StorageRefused
    ? new GatewayError('storage_unavailable', `The ledger cannot be used: ${thrown.message}`, {
        cause: thrown,
      })
    : unavailable(thrown);
}
