/** Empties the journal into PostgreSQL, a batch at a time, whenever there is something in it and the database is there. */
import { GatewayError } from '../../../core/errors.ts';
import type { MovedSpend } from '../../../ledger/spend-watch.ts';
import { UsageFold } from '../../../ledger/usage-fold.ts';
import type { PostgresClient } from '../client.ts';
import { isRefusedData } from '../failure.ts';
import type { Entry } from './entry.ts';
import type { Journal } from './journal.ts';
import { keptSinceMs, Partitions } from './partitions.ts';
import { movedOf, Shipment } from './ship.ts';

/** How long entries gather before they are moved. */
const gatherMs = 200;
const retryMs = 1000;
const batch = 500;
const tidyMs = 3_600_000;
/** How long the last entries are waited for when the gateway stops. */
const farewellMs = 5000;

export interface ShipperOptions {
  readonly client: PostgresClient;
  readonly journal: Journal;
  /** Months that ended longer ago are dropped; undefined: none. */
  readonly retentionDays: number | undefined;
  /** What is in the journal waits longer than usual, and why; once until it goes on. */
  readonly onBehind: (failure: GatewayError) => void;
  /** The database will never take this one: it is set aside. */
  readonly onRefused: (id: string, failure: GatewayError) => void;
  /** These are no longer in the journal, which made up this much. */
  readonly onMoved: (spend: readonly MovedSpend[]) => void;
}

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #shipment: Shipment;
  readonly #partitions: Partitions;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: Timer | undefined;
  #tidiedAtMs = 0;
  #isBehind = false;
  #isClosed = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#shipment = new Shipment(options.client);
    this.#partitions = new Partitions(options.client);
    if (options.journal.size > 0) this.soon();
  }

  /** Something was put into the journal. */
  soon(afterMs = gatherMs): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.drain().catch(() => {});
    }, afterMs);
  }

  /** Moves what is in the journal now. Rejects with `storage_unavailable`; what is left is tried again by itself. */
  async drain(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { journal, onBehind } = this.#options;
    let left = journal.size;
    try {
      while (left > 0) left -= await this.whileNothingMoves(() => this.#moveOne());
      this.#isBehind = false;
      if (journal.size > 0) this.soon();
    } catch (thrown) {
      const failure =
        thrown instanceof GatewayError ? thrown : new GatewayError('storage_unavailable', String(thrown));
      if (!this.#isBehind) onBehind(failure);
      this.#isBehind = true;
      this.soon(retryMs);
      throw failure;
    }
  }

  /** What reads both the journal and the database must not count an entry twice, nor miss it. */
  async whileNothingMoves<T>(act: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const turn = before.then(act, act);
    this.#turn = turn.catch(() => {});
    return await turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.race([this.drain().catch(() => {}), Bun.sleep(farewellMs)]);
    clearTimeout(this.#timer);
  }

  /** How many were moved; all there were where the answer is 0. */
  async #moveOne(): Promise<number> {
    const { journal } = this.#options;
    const entries = journal.next(batch);
    const last = entries.at(-1);
    if (last === undefined) return Infinity;
    await this.#partitions.make(entries.map(({ endedAtMs }) => endedAtMs));
    const moved = await this.#shipAll(entries);
    journal.remove(last.number);
    if (moved.length > 0) this.#options.onMoved(moved);
    await this.#tidy();
    return entries.length;
  }

  /** One that is refused must not hold up the others. */
  async #shipAll(entries: readonly Entry[], isAgain = false): Promise<readonly MovedSpend[]> {
    try {
      return await this.#shipment.ship(entries);
    } catch (thrown) {
      if (!(thrown instanceof GatewayError) || !isRefusedData(thrown.cause)) throw thrown;
      if (!isAgain) {
        this.#partitions.forget();
        await this.#partitions.make(entries.map(({ endedAtMs }) => endedAtMs));
        return await this.#shipAll(entries, true);
      }
      const [first] = entries;
      if (entries.length === 1 && first !== undefined) {
        this.#options.journal.setAside(first);
        this.#options.onRefused(first.id, thrown);
        const fold = new UsageFold();
        fold.add(first.call);
        return movedOf(fold, []).map((spend) => ({ ...spend, totalNanoUsd: 0 }));
      }
      const half = entries.length >> 1;
      const before = await this.#shipAll(entries.slice(0, half), true);
      return [...before, ...(await this.#shipAll(entries.slice(half), true))];
    }
  }

  async #tidy(): Promise<void> {
    const { retentionDays } = this.#options;
    const nowMs = Date.now();
    if (retentionDays === undefined || nowMs - this.#tidiedAtMs < tidyMs) return;
    this.#tidiedAtMs = nowMs;
    await this.#partitions.drop(keptSinceMs(nowMs, retentionDays));
  }
}
