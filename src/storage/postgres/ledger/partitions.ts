/** The partitions of `calls`, one a month: made before they are needed, gone with what is too old to be kept. */
import { dayMs } from '../../../ledger/usage-fold.ts';
import type { PostgresClient, Runner } from '../client.ts';

const lock = {
  text: "SELECT pg_advisory_xact_lock(hashtext('opengateway partitions ' || current_schema()))",
  cells: [],
};
const prefix = 'calls_of_';

function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

function nameOf(month: string): string {
  return `${prefix}${month.replace('-', '_')}`;
}

function spanOf(month: string): readonly [fromMs: number, toMs: number] {
  const from = new Date(`${month}-01T00:00:00Z`);
  return [from.getTime(), Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1)];
}

export class Partitions {
  readonly #client: PostgresClient;
  readonly #made = new Set<string>();

  constructor(client: PostgresClient) {
    this.#client = client;
  }

  /** Those of entries that ended then, and the next month's. Rejects as the client does. */
  async make(endedAtMs: readonly number[]): Promise<void> {
    const months = new Set(endedAtMs.map(monthOf));
    const [, nextMs] = spanOf(monthOf(Date.now()));
    months.add(monthOf(nextMs));
    const missing = [...months].filter((month) => !this.#made.has(month));
    if (missing.length === 0) return;
    await this.#client.transaction(async (inside) => {
      await inside.run(lock);
      for (const month of missing) await makeOne(inside, month);
    });
    for (const month of missing) this.#made.add(month);
  }

  /** Someone else may have dropped one. */
  forget(): void {
    this.#made.clear();
  }

  /** Whole months that ended before then. */
  async drop(beforeMs: number): Promise<void> {
    const oldest = nameOf(monthOf(beforeMs));
    const rows = await this.#client.rows({
      text: "SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relispartition AND relkind = 'r' AND relname LIKE ?",
      cells: [`${prefix}%`],
    });
    const old = rows.map(({ name }) => String(name)).filter((name) => name < oldest);
    for (const name of old)
      await this.#client.transaction(async (inside) => {
        await inside.run(lock);
        await inside.run({ text: `DROP TABLE IF EXISTS ${name}`, cells: [] });
      });
    if (old.length > 0) this.forget();
  }
}

async function makeOne(inside: Runner, month: string): Promise<void> {
  const [fromMs, toMs] = spanOf(month);
  const text = `CREATE TABLE IF NOT EXISTS ${nameOf(month)} PARTITION OF calls FOR VALUES FROM (${fromMs}) TO (${toMs})`;
  await inside.run({ text, cells: [] });
}

/** How far back `retentionDays` reach: months that ended before are not kept. */
export function keptSinceMs(nowMs: number, retentionDays: number): number {
  return nowMs - retentionDays * dayMs;
}
