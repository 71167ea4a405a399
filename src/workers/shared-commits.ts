/** Makes one transaction of what several workers hand over in the same turn of the event loop. */
import type { CallRecord } from '../ledger/call-record.ts';
import type { LedgerStore } from '../ledger/ledger-store.ts';

export class SharedCommits {
  readonly #store: LedgerStore;
  #records: CallRecord[] = [];
  #group: Promise<void> | undefined;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** Resolves once all of them are durable. */
  add(records: readonly CallRecord[]): Promise<void> {
    for (const record of records) this.#records.push(record);
    this.#group ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#commit());
    return this.#group;
  }

  #commit(): void | Promise<void> {
    const records = this.#records;
    this.#records = [];
    this.#group = undefined;
    return this.#store.commit(records);
  }
}
