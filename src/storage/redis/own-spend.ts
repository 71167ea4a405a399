/**
 * What was spent here and the database does not have yet, told to Redis: there it counts as this process's own, on top of what
 * the database has, and falls with its lease. All is told as it stands, so that telling twice does no harm.
 */
import type { Charge } from '../../ledger/counters.ts';
import type { MovedSpend } from '../../ledger/spend-watch.ts';
import type { RedisLink } from './redis-link.ts';

/** `[budget, start of the bucket, nano-dollars]`. */
export type ToldSpend = readonly [budgetId: string, bucketStartMs: number, ownNanoUsd: number];

interface Batch {
  readonly number: number;
  readonly moved: readonly MovedSpend[];
}

/** Buckets told at once. */
const chunk = 500;
/** Calls that were settled and are in no journal: more than a ledger that fails would keep. */
const mostUnkept = 100_000;

/** What an upstream told may be anything; what is counted is a whole number. */
export function whole(count: number): number {
  return count > 0 ? Math.min(Math.trunc(count), Number.MAX_SAFE_INTEGER) : 0;
}

export class OwnSpend {
  readonly #process: string;
  /** By budget and bucket: in the journal, settled and on the way there, or moved and not told. */
  readonly #own = new Map<string, Map<number, number>>();
  /** Settled, and not in the journal yet. */
  readonly #unkept = new Set<string>();
  /** What Redis may know otherwise. */
  readonly #untold = new Map<string, Set<number>>();
  #batches: Batch[] = [];
  #lastBatch = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(process: string) {
    this.#process = process;
  }

  /** Redis knows all there is, and all of it is in the database. */
  get isEmpty(): boolean {
    return this.#own.size === 0 && this.#untold.size === 0 && this.#batches.length === 0;
  }

  /** A call has ended that is not in the journal yet. */
  settled(id: string, charges: readonly Charge[], costNanoUsd: number): void {
    if (whole(costNanoUsd) === 0) return;
    this.add(charges, costNanoUsd);
    this.#unkept.add(id);
    const [oldest] = this.#unkept;
    if (this.#unkept.size > mostUnkept && oldest !== undefined) this.#unkept.delete(oldest);
  }

  /** Whether it was settled before: then it is in the sums already. */
  isSettled(id: string | undefined): boolean {
    return id !== undefined && this.#unkept.delete(id);
  }

  add(charges: readonly Charge[], costNanoUsd: number): void {
    for (const { budgetId, bucketStartMs } of charges) this.#add(budgetId, bucketStartMs, whole(costNanoUsd));
  }

  /** It stays this process's own until Redis is told where it went. */
  moved(moved: readonly MovedSpend[]): void {
    this.#batches.push({ number: ++this.#lastBatch, moved });
  }

  /** As it stands, for a script that is sent in the same turn; nothing more has to be told of it unless that fails. */
  tell(charges: readonly Charge[]): readonly ToldSpend[] {
    return charges.map(({ budgetId, bucketStartMs }) => this.#tell(budgetId, bucketStartMs));
  }

  /** Whether Redis was told is not known. */
  untell(told: readonly ToldSpend[]): void {
    for (const [budgetId, bucketStartMs] of told) this.#isUntold(budgetId, bucketStartMs);
  }

  /** Redis may have lost everything: it is told again. */
  forget(): void {
    for (const [budgetId, buckets] of this.#own)
      for (const bucketStartMs of buckets.keys()) this.#isUntold(budgetId, bucketStartMs);
  }

  /** Rejects where not all could be told; the rest is told the next time. */
  async deliver(link: RedisLink, generation: () => number): Promise<void> {
    const before = this.#turn;
    const turn = before.then(() => this.#deliver(link, generation));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #deliver(link: RedisLink, generation: () => number): Promise<void> {
    // One that was told before those ahead of it would make them be passed over.
    while (this.#batches.length > 0) await this.#deliverMoved(link, generation());
    const untold = [...this.#untold].flatMap(([budgetId, buckets]) =>
      [...buckets].map((bucketStartMs) => ({ budgetId, bucketStartMs })),
    );
    for (let at = 0; at < untold.length; at += chunk) {
      const told = this.tell(untold.slice(at, at + chunk));
      await this.#send(link, generation(), told, told);
    }
  }

  async #deliverMoved(link: RedisLink, generation: number): Promise<void> {
    let count = 0;
    const batches = this.#batches.filter(({ moved }, nth) => {
      count += moved.length;
      return nth === 0 || count <= chunk;
    });
    const all = batches.flatMap(({ number, moved }) => moved.map((spend) => ({ ...spend, number })));
    for (const spend of all) this.#add(spend.budgetId, spend.bucketStartMs, -whole(spend.spentNanoUsd));
    const told = this.tell(all);
    const rows = all.map(({ spentNanoUsd, totalNanoUsd, number }, nth) => [
      ...(told[nth] ?? []),
      whole(spentNanoUsd),
      totalNanoUsd === undefined ? -1 : whole(totalNanoUsd),
      number,
    ]);
    try {
      await this.#send(link, generation, told, rows);
      this.#batches = this.#batches.slice(batches.length);
    } catch (thrown) {
      for (const spend of all) this.#add(spend.budgetId, spend.bucketStartMs, whole(spend.spentNanoUsd));
      throw thrown;
    }
  }

  async #send(
    link: RedisLink,
    generation: number,
    told: readonly ToldSpend[],
    rows: readonly (readonly (string | number)[])[],
  ): Promise<void> {
    try {
      await link.send('tell', [this.#process, String(generation), JSON.stringify(rows)]);
    } catch (thrown) {
      this.untell(told);
      throw thrown;
    }
  }

  #add(budgetId: string, bucketStartMs: number, nanoUsd: number): void {
    const buckets = this.#own.get(budgetId) ?? new Map<number, number>();
    const sum = (buckets.get(bucketStartMs) ?? 0) + nanoUsd;
    if (sum === 0) buckets.delete(bucketStartMs);
    else buckets.set(bucketStartMs, sum);
    if (buckets.size === 0) this.#own.delete(budgetId);
    else this.#own.set(budgetId, buckets);
    this.#isUntold(budgetId, bucketStartMs);
  }

  #tell(budgetId: string, bucketStartMs: number): ToldSpend {
    const buckets = this.#untold.get(budgetId);
    buckets?.delete(bucketStartMs);
    if (buckets?.size === 0) this.#untold.delete(budgetId);
    return [budgetId, bucketStartMs, Math.max(0, this.#own.get(budgetId)?.get(bucketStartMs) ?? 0)];
  }

  #isUntold(budgetId: string, bucketStartMs: number): void {
    const buckets = this.#untold.get(budgetId);
    if (buckets === undefined) this.#untold.set(budgetId, new Set([bucketStartMs]));
    else buckets.add(bucketStartMs);
  }
}
