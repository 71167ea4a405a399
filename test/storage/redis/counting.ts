/** What the tests of counters in Redis count: a budget of $5, and a ledger of their own, a journal for each gateway in front of it. */
import { GatewayError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { Budget, Caps } from '../../../src/ledger/caps.ts';
import type { Claim, Grant } from '../../../src/ledger/counters.ts';
import { RedisCounters, type RedisCountersOptions } from '../../../src/storage/redis/redis-counters.ts';

export const dime = 100_000_000;

function budgetOf(limitNanoUsd: number, id = 'budget_1'): Budget {
  return { id, limitNanoUsd, window: 'total', rolling: false, models: null, raise: null, warnAt: [] };
}

export const fiveDollars = budgetOf(50 * dime);
export const budgeted: Caps = { scope: { kind: 'team', id: 'team_1' }, budgets: [fiveDollars] };

export function limited(rpm: number | null, tpm: number | null, parallel: number | null): Caps {
  return { scope: { kind: 'key', id: 'key_1' }, limits: { rpm, tpm, parallel }, budgets: [] };
}

let nth = 0;

export function claim(caps: readonly Caps[], fields: Partial<Claim> = {}): Claim {
  return { id: `req_${nth++}`, nowMs: Date.now(), caps, tokens: 10, costNanoUsd: dime, ...fields };
}

/** Gateways that count in one Redis, and what they have in their ledger. */
export class Gateways {
  readonly counters: RedisCounters[] = [];
  /** What the database has, by budget, and what each gateway's journal has on top of it. */
  readonly #moved = new Map<string, number>();
  readonly #journals: (Map<string, number> | undefined)[] = [];
  readonly #url: string;
  readonly #options: Partial<RedisCountersOptions>;
  readonly namespace = crypto.randomUUID();
  loads = 0;
  /** Whether journals are emptied by themselves, as the database is there. */
  isMoving = true;

  constructor(url: string, options: Partial<RedisCountersOptions> = {}) {
    this.#url = url;
    this.#options = options;
  }

  async add(count: number): Promise<void> {
    for (let one = 0; one < count; one++)
      this.counters.push(
        await RedisCounters.open({
          url: new Secret(this.#url),
          namespace: this.namespace,
          load: async (budgetId) => {
            this.loads++;
            if (!this.isMoving) throw new GatewayError('storage_unavailable', 'The database is away.');
            const spentNanoUsd = this.#moved.get(budgetId) ?? 0;
            await Bun.sleep(2);
            return [{ bucketStartMs: 0, spentNanoUsd }];
          },
          timeoutMs: 200,
          leaseMs: 2000,
          ...this.#options,
        }),
      );
  }

  at(index: number): RedisCounters {
    const counters = this.counters[index % this.counters.length];
    if (counters === undefined) throw new Error('There is no gateway.');
    return counters;
  }

  /** As the ledger says: in the database and in all journals. */
  spent(budgetId = fiveDollars.id): number {
    return [this.#moved, ...this.#journals].reduce((sum, part) => sum + (part?.get(budgetId) ?? 0), 0);
  }

  /** Into the journal of that gateway, and from there into the database. */
  keep(index: number, id: string, charges: Grant['charges'], costNanoUsd: number): void {
    const nth = index % this.counters.length;
    const journal = this.#journals[nth] ?? new Map<string, number>();
    this.#journals[nth] = journal;
    for (const { budgetId } of charges) journal.set(budgetId, (journal.get(budgetId) ?? 0) + costNanoUsd);
    this.at(index).kept({ id, charges, costNanoUsd });
    if (this.isMoving) setTimeout(() => void this.move(index), 15);
  }

  /** All that the journal of that gateway has. */
  async move(index: number): Promise<void> {
    const journal = this.#journals[index % this.counters.length];
    if (journal === undefined || journal.size === 0) return;
    const moved = [...journal].map(([budgetId, spentNanoUsd]) => {
      const totalNanoUsd = (this.#moved.get(budgetId) ?? 0) + spentNanoUsd;
      this.#moved.set(budgetId, totalNanoUsd);
      return { budgetId, bucketStartMs: 0, spentNanoUsd, totalNanoUsd };
    });
    journal.clear();
    // The database has it before anybody is told.
    await Bun.sleep(1);
    this.at(index).moved(moved);
  }

  /** The call has ended: an entry in the ledger, and the truth to who counts. */
  async end(index: number, grant: Grant, costNanoUsd = dime): Promise<void> {
    const outcome = { nowMs: Date.now(), tokens: 10, costNanoUsd };
    // The one may be done before the other, or after it.
    const isKeptFirst = nth++ % 2 === 0;
    if (isKeptFirst) this.keep(index, grant.id, grant.charges, costNanoUsd);
    const settled = this.at(index).settle(grant, outcome);
    if (!isKeptFirst) this.keep(index, grant.id, grant.charges, costNanoUsd);
    await settled;
  }

  /** By somebody who tells none of the gateways. */
  moveUnseen(spentNanoUsd: number, budgetId = fiveDollars.id): void {
    this.#moved.set(budgetId, (this.#moved.get(budgetId) ?? 0) + spentNanoUsd);
  }

  async close(): Promise<void> {
    for (const counters of this.counters) await counters.close();
  }
}

export async function granted(asked: readonly (Grant | Promise<Grant>)[]): Promise<readonly Grant[]> {
  const answers = await Promise.allSettled(asked);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** Until it is so, however often Redis is away meanwhile. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = Date.now() + 20_000;
  while (Date.now() < giveUpAtMs) {
    if (await isSo().catch(() => false)) return;
    await Bun.sleep(20);
  }
  throw new Error(`did not happen: ${what}`);
}
