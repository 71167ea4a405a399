/**
 * The ledger on PostgreSQL. A group is durable in the journal on this process's own disk; from there it is moved within the
 * second. What was spent is what the database says and what is still in the journal.
 */
import type { GatewayError } from '../../../core/errors.ts';
import type { CallRecord } from '../../../ledger/call-record.ts';
import type { BucketSpend, LedgerStore, UsageQuery, UsageRow } from '../../../ledger/ledger-store.ts';
import type { SpendWatcher } from '../../../ledger/spend-watch.ts';
import { selectUsage, usageRowOf } from '../../ledger/usage-query.ts';
import { selectSpend, spendOf } from '../../ledger/usage-statements.ts';
import type { PostgresClient } from '../client.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { Shipper, type ShipperOptions } from './shipper.ts';

export interface PostgresLedgerOptions
  extends Omit<JournalOptions, 'path'>,
    Omit<ShipperOptions, 'journal' | 'onBehind' | 'onRefused' | 'onMoved'> {
  readonly client: PostgresClient;
  /** The journal's file. */
  readonly journalPath: string;
  readonly onBehind?: (failure: GatewayError) => void;
  readonly onRefused?: (id: string, failure: GatewayError) => void;
}

export class PostgresLedger implements LedgerStore {
  readonly #client: PostgresClient;
  readonly #journal: Journal;
  readonly #shipper: Shipper;
  #watcher: SpendWatcher | undefined;
  #closing: Promise<void> | undefined;

  /** The tables are there already. Throws StorageRefused where nothing can be kept on this machine. */
  constructor(options: PostgresLedgerOptions) {
    const { client, onBehind = () => {}, onRefused = () => {} } = options;
    this.#client = client;
    this.#journal = new Journal({ ...options, path: options.journalPath });
    this.#shipper = new Shipper({
      ...options,
      ...{ journal: this.#journal, onBehind, onRefused },
      onMoved: (spend) => this.#watcher?.moved(spend),
    });
  }

  /** Entries that are on this machine alone. */
  get waiting(): number {
    return this.#journal.size;
  }

  commit(records: readonly CallRecord[], again = false): void | Promise<void> {
    const durable = this.#journal.write(records, this.#tellKept, again);
    if (this.#journal.size > 0) this.#shipper.soon();
    return durable;
  }

  /** Told from now on what the journal has, what is in it already included. */
  watch(watcher: SpendWatcher): void {
    this.#watcher = watcher;
    for (const spend of this.#journal.charged()) watcher.kept(spend);
  }

  /** As `spent`, without what is in any journal. */
  async moved(budgetId: string, sinceMs: number): Promise<readonly BucketSpend[]> {
    return (await this.#client.rows(selectSpend(budgetId, sinceMs))).map(spendOf);
  }

  async spent(budgetId: string, sinceMs: number): Promise<readonly BucketSpend[]> {
    return await this.#shipper.whileNothingMoves(async () => {
      const moved = await this.moved(budgetId, sinceMs);
      const spent = this.#journal.spent(budgetId, sinceMs);
      for (const { bucketStartMs, spentNanoUsd } of moved)
        spent.set(bucketStartMs, (spent.get(bucketStartMs) ?? 0) + spentNanoUsd);
      return [...spent].map(([bucketStartMs, spentNanoUsd]) => ({ bucketStartMs, spentNanoUsd }));
    });
  }

  async usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    await this.#shipper.drain();
    const rows = await this.#client.rows(
      selectUsage(query, (column) => `CAST(SUM(${column}) AS DOUBLE PRECISION)`),
    );
    return rows.map((row) => usageRowOf(query, row));
  }

  readonly #tellKept = ({ requestId: id, charges, costNanoUsd = 0 }: CallRecord): void => {
    if (charges.length > 0 && costNanoUsd > 0) this.#watcher?.kept({ id, charges, costNanoUsd });
  };

  /** What cannot be moved in time is moved after the next start. */
  async close(): Promise<void> {
    this.#closing ??= this.#shipper
      .close()
      .then(() => this.#shipper.whileNothingMoves(async () => this.#journal.close()));
    await this.#closing;
  }
}
