/**
 * This process's place in Redis: a lease that what it holds hangs on, and the epoch, which changes when Redis has lost what it
 * had; then what is open here is told again.
 */
import { GatewayError } from '../../core/errors.ts';
import type { Grant } from '../../ledger/counters.ts';
import type { RedisLink } from './redis-link.ts';

export interface OpenCall {
  readonly grant: Grant;
  /** As the scripts know the claim; absent where it was granted without Redis. */
  readonly text: string | undefined;
  epoch: string;
  /** The journal has it already. */
  isKept?: boolean;
}

/** After Redis has lost what it had: how long until every other process has told what it has open. */
const graceMs = 1000;
/** Calls told again at once. */
const adoptChunk = 200;

function answerOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  throw new GatewayError('storage_unavailable', 'Calls cannot be counted: Redis answers something else.');
}

export class Tenancy {
  readonly process = crypto.randomUUID();
  readonly open = new Map<string, OpenCall>();
  readonly #leaseMs: number;
  readonly #joined: (link: RedisLink) => Promise<void>;
  #epoch = '';
  #generation = 0;
  #aheadMs = 0;
  #joining: Promise<void> | undefined;

  /** `joined`: what else Redis has to know of this process, before anything is counted. */
  constructor(leaseMs: number, joined: (link: RedisLink) => Promise<void>) {
    this.#leaseMs = leaseMs;
    this.#joined = joined;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Of the place it has: what was sent from an earlier one, and comes late, tells nothing. */
  get generation(): number {
    return this.#generation;
  }

  /** What Redis's clock says now, about. */
  get serverMs(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Takes its place, again if it must; once, however many found out that it must. */
  join(link: RedisLink): Promise<void> {
    this.#joining ??= this.#join(link).finally(() => {
      this.#joining = undefined;
    });
    return this.#joining;
  }

  /** How many reservations Redis holds for this process; undefined where it had lost them, and was told again. */
  async renew(link: RedisLink): Promise<number | undefined> {
    const told = [this.process, String(this.#leaseMs), this.#epoch];
    for (;;) {
      const [word, serverMs, held, more] = answerOf(await link.run('renew', told));
      if (word === 'join') {
        await this.join(link);
        return undefined;
      }
      this.#aheadMs = Number(serverMs) - Date.now();
      // A process that died may leave a lot.
      if (more !== 1) return Number(held);
    }
  }

  async leave(link: RedisLink): Promise<void> {
    await link.run('quit', [this.process]);
  }

  async #join(link: RedisLink): Promise<void> {
    const told = [
      ...[this.process, String(this.#leaseMs), crypto.randomUUID(), this.#epoch, String(graceMs)],
      String(++this.#generation),
    ];
    const [epoch, serverMs] = answerOf(await link.send('join', told));
    this.#aheadMs = Number(serverMs) - Date.now();
    const known = String(epoch);
    await this.#joined(link);
    const lost = [...this.open.values()].filter((call) => call.text !== undefined && call.epoch !== known);
    for (let at = 0; at < lost.length; at += adoptChunk) {
      const chunk = lost.slice(at, at + adoptChunk);
      await link.send('adopt', [this.process, ...chunk.map(({ text }) => text ?? '')]);
      for (const call of chunk) call.epoch = known;
    }
    this.#epoch = known;
  }
}
