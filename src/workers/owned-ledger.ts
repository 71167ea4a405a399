/** A ledger that another process writes: what several workers hand over at once becomes one transaction there. */
import type { CallRecord } from '../ledger/call-record.ts';
import type { BucketSpend, LedgerStore, UsageQuery, UsageRow } from '../ledger/ledger-store.ts';
import { recordText } from './record-text.ts';
import type { Wire } from './wire.ts';

export class OwnedLedger implements LedgerStore {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async commit(records: readonly CallRecord[], again = false): Promise<void> {
    await this.#wire.ask('commit', { records: records.map(recordText), again });
  }

  spent(budgetId: string, sinceMs: number): Promise<readonly BucketSpend[]> {
    return this.#wire.ask('spent', { budgetId, sinceMs });
  }

  usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    return this.#wire.ask('usage', query);
  }
}
