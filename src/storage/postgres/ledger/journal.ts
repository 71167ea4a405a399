/**
 * Entries that are not in PostgreSQL yet, on this process's own disk: durable before a reply goes, in their order, so many and
 * no more. What a crash leaves in it is there at the next start.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '../../../core/errors.ts';
import type { CallRecord } from '../../../ledger/call-record.ts';
import type { KeptSpend } from '../../../ledger/spend-watch.ts';
import { EntryFile } from '../../sqlite/ledger/entry-file.ts';
import { obstacle } from '../../sqlite/obstacle.ts';
import { lockDatabase, type ProcessLock } from '../../sqlite/process-lock.ts';
import { StorageRefused } from '../../storage-refused.ts';
import { type Entry, entryOf } from './entry.ts';

export interface JournalOptions {
  readonly path: string;
  /** Entries it may hold. */
  readonly journalMaxEntries: number;
  /** Whether a group counts as kept only once it is on the disk; where not, it outlives this process but not the machine. */
  readonly isSynced: boolean;
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #lock: ProcessLock;
  readonly #file: EntryFile;
  #size: number;

  /** Throws StorageRefused. */
  constructor(options: JournalOptions) {
    const { path } = options;
    this.#options = options;
    const why = obstacle(path);
    if (why !== undefined)
      throw new StorageRefused(`what is not in it yet must wait on a disk of this machine, and ${why}.`);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#lock = lockDatabase(path);
    try {
      this.#file = new EntryFile(path, '');
      this.#size = this.#file.count;
    } catch (thrown) {
      this.#lock.release();
      throw thrown;
    }
  }

  get size(): number {
    return this.#size;
  }

  /**
   * All or none; what was written is handed to `onNew`. `again`: those that are in it are passed over. Throws or rejects with
   * `storage_unavailable`, also where it is full.
   */
  write(
    records: readonly CallRecord[],
    onNew?: (record: CallRecord) => void,
    again = false,
  ): void | Promise<void> {
    if (this.#size >= this.#options.journalMaxEntries)
      throw new GatewayError(
        'storage_unavailable',
        'The database cannot be reached, and no further calls can wait for it.',
      );
    const counted = (record: CallRecord) => {
      this.#size++;
      onNew?.(record);
    };
    this.#file.write(records, counted, again);
    return this.#options.isSynced ? this.#file.sync() : undefined;
  }

  /** The oldest, in their order. */
  next(limit: number): Entry[] {
    return this.#file.wholeAfter(0, limit).map(entryOf);
  }

  /** For a person to look at, beside the journal: the database will never take it. */
  setAside({ insert }: Entry): void {
    const file = openSync(`${this.#options.path}.refused`, 'a', 0o600);
    try {
      writeSync(file, `${JSON.stringify(insert)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Those up to the one with `number` are where they belong. */
  remove(number: number): void {
    this.#size -= this.#file.remove(number);
  }

  /** Nano-dollars by the start of the bucket. */
  spent(budgetId: string, sinceMs: number): Map<number, number> {
    const spent = new Map<number, number>();
    for (const { cost_nano_usd: cost, charges } of this.#file.chargedTo(budgetId))
      for (const [id, startMs] of JSON.parse(String(charges)) as [string, number][])
        if (id === budgetId && startMs >= sinceMs)
          spent.set(startMs, (spent.get(startMs) ?? 0) + Number(cost));
    return spent;
  }

  /** What all that is in it was charged with. */
  charged(): readonly KeptSpend[] {
    return this.#file.charged().map(({ charges, cost }) => ({
      charges: (JSON.parse(String(charges)) as [string, number][]).map(([budgetId, bucketStartMs]) => ({
        budgetId,
        bucketStartMs,
      })),
      costNanoUsd: Number(cost),
    }));
  }

  /** An empty one leaves nothing behind. */
  close(): void {
    const { path } = this.#options;
    this.#file.close();
    if (this.#size === 0)
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(`${path}${suffix}`)) rmSync(`${path}${suffix}`, { force: true });
    this.#lock.release();
  }
}
