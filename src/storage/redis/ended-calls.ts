/** Tells Redis of calls that have ended, and of those it was away for, once it is back. */
import type { Charge, Outcome } from '../../ledger/counters.ts';
import { type OwnSpend, whole } from './own-spend.ts';
import type { RedisLink } from './redis-link.ts';
import type { Tenancy } from './tenancy.ts';

interface Ended {
  readonly id: string;
  readonly charges: readonly Charge[];
  readonly outcome: Outcome;
}

/** No more can be open at once; calls with caps are refused while Redis is away. */
const mostUndelivered = 100_000;

export class EndedCalls {
  readonly #tenancy: Tenancy;
  readonly #spend: OwnSpend;
  readonly #tellsTime: boolean;
  readonly #undelivered = new Map<string, Ended>();
  #isDelivering = false;

  /** `tellsTime`: time is what is told, not Redis's own. */
  constructor(tenancy: Tenancy, spend: OwnSpend, tellsTime: boolean) {
    this.#tenancy = tenancy;
    this.#spend = spend;
    this.#tellsTime = tellsTime;
  }

  get undelivered(): number {
    return this.#undelivered.size;
  }

  has(id: string): boolean {
    return this.#undelivered.has(id);
  }

  forget(id: string): void {
    this.#undelivered.delete(id);
  }

  /** Never rejects: what cannot be told now is told later. */
  async settle(link: RedisLink, ended: Ended): Promise<void> {
    try {
      await this.#tell(link, ended);
    } catch {
      this.#keep(ended);
    }
  }

  /** A reservation that nobody was told of may have been made all the same. */
  takeBack(id: string, nowMs: number): void {
    this.#keep({ id, charges: [], outcome: { nowMs, tokens: 0, costNanoUsd: 0 } });
  }

  async deliver(link: RedisLink): Promise<void> {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (const [id, ended] of this.#undelivered) {
        await this.#tell(link, ended);
        this.#undelivered.delete(id);
      }
    } catch {
      // The rest waits for the next connection or renewal.
    } finally {
      this.#isDelivering = false;
    }
  }

  async #tell(link: RedisLink, { id, charges, outcome }: Ended): Promise<void> {
    const { process, generation } = this.#tenancy;
    const told = this.#spend.tell(charges);
    try {
      await link.run('settle', [
        process,
        this.#tellsTime ? String(outcome.nowMs) : '',
        String(generation),
        id,
        String(whole(outcome.tokens)),
        JSON.stringify(told),
      ]);
    } catch (thrown) {
      this.#spend.untell(told);
      throw thrown;
    }
  }

  #keep(ended: Ended): void {
    this.#undelivered.set(ended.id, ended);
    if (this.#undelivered.size <= mostUndelivered) return;
    const [oldest] = this.#undelivered.keys();
    // What it held is found to be a stray.
    if (oldest !== undefined) this.#undelivered.delete(oldest);
  }
}
