/** Tells Redis of calls that have ended, and of those it was away for, once it is back. */
import type { Outcome } from '../../ledger/counters.ts';
import type { RedisLink } from './redis-link.ts';
import type { OpenCall } from './tenancy.ts';

interface Ended {
  readonly call: OpenCall;
  readonly outcome: Outcome;
  /** By Redis's clock. */
  readonly endedMs: number;
}

/** No more can be open at once; calls with caps are refused while Redis is away. */
const mostUndelivered = 100_000;

/** What an upstream told may be anything; what is counted is a whole number. */
function whole(count: number): number {
  return count > 0 ? Math.min(Math.trunc(count), Number.MAX_SAFE_INTEGER) : 0;
}

export class EndedCalls {
  readonly #process: string;
  readonly #tellsTime: boolean;
  readonly #undelivered = new Map<string, Ended>();
  #isDelivering = false;

  /** `tellsTime`: time is what is told, not Redis's own. */
  constructor(process: string, tellsTime: boolean) {
    this.#process = process;
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
  takeBack(id: string, call: Omit<OpenCall, 'grant'>, endedMs: number): void {
    const grant = { id, charges: [], warnings: [] };
    const outcome = { nowMs: endedMs, tokens: 0, costNanoUsd: 0 };
    this.#keep({ call: { ...call, grant }, outcome, endedMs });
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

  async #tell(link: RedisLink, { call, outcome, endedMs }: Ended): Promise<void> {
    const { id, charges } = call.grant;
    const told = charges.map(({ budgetId, bucketStartMs }) => [budgetId, bucketStartMs]);
    await link.run('settle', [
      this.#process,
      this.#tellsTime ? String(outcome.nowMs) : '',
      call.epoch,
      id,
      String(whole(outcome.tokens)),
      String(whole(outcome.costNanoUsd)),
      JSON.stringify(told),
      String(endedMs),
    ]);
  }

  #keep(ended: Ended): void {
    this.#undelivered.set(ended.call.grant.id, ended);
    if (this.#undelivered.size <= mostUndelivered) return;
    const [oldest] = this.#undelivered.keys();
    // What it held is found to be a stray.
    if (oldest !== undefined) this.#undelivered.delete(oldest);
  }
}
