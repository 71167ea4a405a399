/** Moves entries into PostgreSQL: rows, what they add up to and what was spent are one transaction, and each counts once. */
import type { MovedSpend } from '../../../ledger/spend-watch.ts';
import { UsageFold, type UsagePlace } from '../../../ledger/usage-fold.ts';
import { DayNames, insertName, type NameKind, namesADay, selectNames } from '../../ledger/day-names.ts';
import {
  addSpend,
  addTagUsage,
  addTeamUsage,
  addUsage,
  dropSpend,
  usageSums,
} from '../../ledger/usage-statements.ts';
import type { Row } from '../../rows.ts';
import type { Statement } from '../../statements.ts';
import type { PostgresClient, Runner } from '../client.ts';
import type { Entry } from './entry.ts';
import { rowsAtOnce } from './rows-at-once.ts';

const kinds = Object.keys(namesADay) as NameKind[];
/** Of how many budgets the latest bucket is remembered. */
const maxBuckets = 50_000;

/** All gateways touch rows in the same order, so that none waits for one that waits for it. `returning`: columns of what is then there. */
async function addAll(
  inside: Runner,
  statements: readonly Statement[],
  returning?: string,
): Promise<readonly Row[]> {
  const keyed = statements.map((statement) => ({ statement, key: JSON.stringify(statement.cells) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  const together = rowsAtOnce(keyed.map(({ statement }) => statement));
  if (together === undefined) return [];
  const { text, cells } = together;
  return (
    await inside.run({ text: returning === undefined ? text : `${text} RETURNING ${returning}`, cells })
  ).rows;
}

/** Of different names that go under one the sums are added here: a statement touches a row once. */
function merged(statements: Iterable<Statement>): Statement[] {
  const byPlace = new Map<string, Statement>();
  for (const statement of statements) {
    const place = JSON.stringify(statement.cells.slice(0, -usageSums.length));
    const before = byPlace.get(place)?.cells;
    const cells = statement.cells.map((cell, at) =>
      before !== undefined && at >= statement.cells.length - usageSums.length
        ? Number(cell) + Number(before[at])
        : cell,
    );
    byPlace.set(place, { text: statement.text, cells });
  }
  return [...byPlace.values()];
}

/** `totals`: rows of what was spent, as they are now. */
export function movedOf({ spent }: UsageFold, totals: readonly Row[]): MovedSpend[] {
  const known = new Map(
    totals.map((row) => [`${row.bucket_start_ms} ${row.budget_id}`, Number(row.spent_nano_usd)]),
  );
  return [...spent].flatMap(([budgetId, buckets]) =>
    [...buckets].map(([bucketStartMs, spentNanoUsd]) => {
      const totalNanoUsd = known.get(`${bucketStartMs} ${budgetId}`);
      return { budgetId, bucketStartMs, spentNanoUsd, totalNanoUsd };
    }),
  );
}

export class Shipment {
  readonly #client: PostgresClient;
  readonly #names = new DayNames();
  readonly #latest = new Map<string, number>();

  constructor(client: PostgresClient) {
    this.#client = client;
  }

  /** Entries that are there already are passed over, with all they would add. Answers what was spent. Rejects as the client does. */
  async ship(entries: readonly Entry[]): Promise<readonly MovedSpend[]> {
    const together = rowsAtOnce(entries.map(({ insert }) => insert));
    if (together === undefined) return [];
    try {
      return await this.#client.transaction(async (inside) => {
        const { rows } = await inside.run({ text: `${together.text} RETURNING id`, cells: together.cells });
        const fresh = new Set(rows.map(({ id }) => id));
        const [fold, before] = [new UsageFold(), new UsageFold()];
        for (const { id, call } of entries) (fresh.delete(id) ? fold : before).add(call);
        const totals = fold.count > 0 ? await this.#add(inside, fold) : [];
        return [...movedOf(fold, totals), ...movedOf(before, [])];
      });
    } catch (thrown) {
      this.#names.forget();
      this.#latest.clear();
      throw thrown;
    }
  }

  async #add(inside: Runner, fold: UsageFold): Promise<readonly Row[]> {
    const places = [...fold.places];
    for (const day of new Set(places.map(({ place }) => place.day)))
      for (const kind of kinds) await this.#learn(inside, day, kind);
    const names: Statement[] = [];
    const admit = (kind: NameKind, place: Pick<UsagePlace, 'day' | NameKind>) =>
      this.#names.admit(place.day, kind, place[kind], (name) =>
        names.push(insertName(place.day, kind, name)),
      );
    const usage = places.map(({ place, sum }) =>
      addUsage(place, admit('model', place), admit('customer', place), sum),
    );
    // Their models are those of the places above.
    const teams = [...fold.teams].map(({ place, sum }) =>
      addTeamUsage(place, admit('model', { ...place, customer: '' }), sum),
    );
    await addAll(inside, names);
    await addAll(inside, merged(usage));
    await addAll(inside, merged(teams));
    await addAll(
      inside,
      [...fold.tags].map(({ place, sum }) => addTagUsage(place, sum)),
    );
    return await this.#addSpend(inside, fold);
  }

  async #addSpend(inside: Runner, fold: UsageFold): Promise<readonly Row[]> {
    const spend: Statement[] = [];
    const old: Statement[] = [];
    for (const [budgetId, buckets] of [...fold.spent].sort(([a], [b]) => (a < b ? -1 : 1))) {
      let latestMs = 0;
      for (const [startMs, spentNanoUsd] of buckets) {
        spend.push(addSpend(budgetId, startMs, spentNanoUsd));
        latestMs = Math.max(latestMs, startMs);
      }
      if (latestMs === 0 || this.#latest.get(budgetId) === latestMs) continue;
      if (this.#latest.size >= maxBuckets) this.#latest.clear();
      this.#latest.set(budgetId, latestMs);
      old.push(dropSpend(budgetId, latestMs));
    }
    const totals = await addAll(inside, spend, 'budget_id, bucket_start_ms, spent_nano_usd');
    // Sent one behind the other, without waiting between.
    await Promise.all(old.map((statement) => inside.run(statement)));
    return totals;
  }

  async #learn(inside: Runner, day: number, kind: NameKind): Promise<void> {
    if (this.#names.knows(day, kind)) return;
    const { rows } = await inside.run(selectNames(day, kind));
    this.#names.learn(
      day,
      kind,
      rows.map(({ name }) => String(name)),
    );
  }
}
