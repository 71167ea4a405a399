/**
 * What one worker holds for its calls. Money is counted as spent once the ledger has it, so that whenever the worker dies the
 * counts are what the ledger says, and what is still reserved.
 */
import type { CallRecord } from '../ledger/call-record.ts';
import type { Counters, Grant, Outcome } from '../ledger/counters.ts';

interface Held {
  readonly grant: Grant;
  /** As the worker told, while the ledger does not have the call yet. */
  told?: Outcome;
  /** As the ledger has it, while the worker did not tell yet. */
  kept?: Outcome;
}

/** What the ledger does not get in this time it will not get soon; until then its money stays reserved. */
const patienceMs = 60_000;

function outcomeOf({ endedAtMs, usage, costNanoUsd }: CallRecord): Outcome {
  const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
  return { nowMs: endedAtMs, tokens, costNanoUsd: costNanoUsd ?? 0 };
}

export class HeldCalls {
  readonly #counters: Counters;
  readonly #hasLedger: boolean;
  readonly #held = new Map<string, Held>();
  #isOver = false;

  /** `hasLedger`: there is one that will have the calls. */
  constructor(counters: Counters, hasLedger: boolean) {
    this.#counters = counters;
    this.#hasLedger = hasLedger;
  }

  hold(grant: Grant): void {
    if (this.#isOver) this.#count(grant, { nowMs: Date.now(), tokens: 0, costNanoUsd: 0 });
    // One that is asked for twice is held once.
    else if (!this.#held.has(grant.id)) this.#held.set(grant.id, { grant });
  }

  settle(id: string, outcome: Outcome): void {
    const held = this.#held.get(id);
    if (held?.told !== undefined) return;
    if (held === undefined) {
      // Settled before: that counts once, but the time it tells is news.
      this.#count({ id, charges: [], warnings: [] }, outcome);
      return;
    }
    const isSpent = this.#hasLedger && held.grant.charges.length > 0 && outcome.costNanoUsd > 0;
    if (!isSpent || held.kept !== undefined) {
      this.#end(held, outcome);
      return;
    }
    held.told = outcome;
    setTimeout(() => {
      if (this.#held.get(id) === held) this.#end(held, outcome);
    }, patienceMs).unref();
  }

  /** The ledger has it now. */
  kept(record: CallRecord): void {
    const held = this.#held.get(record.requestId);
    if (held === undefined) return;
    if (held.told === undefined) held.kept = outcomeOf(record);
    else this.#end(held, held.told);
  }

  /** The worker is gone: what the ledger does not have is not spent. How many calls that was. */
  release(): number {
    this.#isOver = true;
    const nothing = { nowMs: Date.now(), tokens: 0, costNanoUsd: 0 };
    const all = [...this.#held.values()];
    for (const held of all) this.#end(held, held.kept ?? nothing);
    return all.length;
  }

  #end({ grant }: Held, outcome: Outcome): void {
    this.#held.delete(grant.id);
    this.#count(grant, outcome);
  }

  #count(grant: Grant, outcome: Outcome): void {
    // Nobody waits for it; counters that fail say so to the next who asks.
    Promise.resolve(this.#counters.settle(grant, outcome)).catch(() => {});
  }
}
