/**
 * Makes one transaction of what several workers hand over in the same turn of the event loop, one after the other. Under load a
 * group gathers a little longer: each has a sync, and an answer to every worker.
 */
import type { CallRecord } from '../ledger/call-record.ts';
import type { LedgerStore } from '../ledger/ledger-store.ts';

const busyGroup = 4;
const busyGatherMs = 1;

export class SharedCommits {
  readonly #store: LedgerStore;
  #records: CallRecord[] = [];
  /** Whether some of them may be there already. */
  #again = false;
  #sizeBefore = 0;
  /** What gathers, and what is written before it. */
  #gathering: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** Resolves once all of them are durable. `again`: as in `LedgerStore`. */
  add(records: readonly CallRecord[], again: boolean): Promise<void> {
    for (const record of records) this.#records.push(record);
    this.#again ||= again;
    this.#gathering ??= this.#next();
    return this.#gathering;
  }

  #next(): Promise<void> {
    const isBusy = this.#sizeBefore >= busyGroup;
    const turn = new Promise<void>((resolve) => {
      if (isBusy) setTimeout(resolve, busyGatherMs);
      else setImmediate(resolve);
    });
    const written = Promise.all([this.#writing, turn]).then(() => this.#commit());
    // Whoever waits for it hears of a failure; the next is not held up by it.
    this.#writing = written.catch(() => {});
    return written;
  }

  #commit(): void | Promise<void> {
    const records = this.#records;
    const again = this.#again;
    this.#records = [];
    this.#again = false;
    this.#sizeBefore = records.length;
    this.#gathering = undefined;
    return this.#store.commit(records, again);
  }
}
