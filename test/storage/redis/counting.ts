/** What the tests of counters in Redis count: a budget of $5 a day, and a ledger of their own to ask. */
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
  readonly #spent = new Map<string, number>();
  readonly #url: string;
  readonly #options: Partial<RedisCountersOptions>;
  readonly namespace = crypto.randomUUID();
  loads = 0;

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
            const spentNanoUsd = this.spent(budgetId);
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

  spent(budgetId = fiveDollars.id): number {
    return this.#spent.get(budgetId) ?? 0;
  }

  /** The call has ended: an entry in the ledger, and the truth to who counts. */
  async end(index: number, grant: Grant, costNanoUsd = dime): Promise<void> {
    for (const { budgetId } of grant.charges) this.#spent.set(budgetId, this.spent(budgetId) + costNanoUsd);
    await this.at(index).settle(grant, { nowMs: Date.now(), tokens: 10, costNanoUsd });
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
