/** Moves entries into PostgreSQL: rows, what they add up to and what was spent are one transaction, and each counts once. */
import { UsageFold, type UsagePlace } from '../../../ledger/usage-fold.ts';
import { DayNames, insertName, type NameKind, namesADay, selectNames } from '../../ledger/day-names.ts';
import { addSpend, addTagUsage, addTeamUsage, addUsage, dropSpend } from '../../ledger/usage-statements.ts';
import type { Statement } from '../../statements.ts';
import type { PostgresClient, Runner } from '../client.ts';
import type { Entry } from './entry.ts';

const kinds = Object.keys(namesADay) as NameKind[];

/** All gateways touch rows in the same order, so that none waits for one that waits for it. */
function inOrder(statements: readonly Statement[]): Statement[] {
  return statements
    .map((statement) => ({ statement, key: JSON.stringify(statement.cells) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ statement }) => statement);
}

export class Shipment {
  readonly #client: PostgresClient;
  readonly #names = new DayNames();

  constructor(client: PostgresClient) {
    this.#client = client;
  }

  /** Entries that are there already are passed over, with all they would add. Rejects as the client does. */
  async ship(entries: readonly Entry[]): Promise<void> {
    try {
      await this.#client.transaction(async (inside) => {
        const results = await all(
          inside,
          entries.map(({ insert }) => insert),
        );
        const fold = new UsageFold();
        entries.forEach(({ call }, at) => {
          if (results[at]?.changed === 1) fold.add(call);
        });
        if (fold.count > 0) await this.#add(inside, fold);
      });
    } catch (thrown) {
      this.#names.forget();
      throw thrown;
    }
  }

  async #add(inside: Runner, fold: UsageFold): Promise<void> {
    const names: Statement[] = [];
    const usage: Statement[] = [];
    const admit = (kind: NameKind, place: Pick<UsagePlace, 'day' | NameKind>) =>
      this.#names.admit(place.day, kind, place[kind], (name) =>
        names.push(insertName(place.day, kind, name)),
      );
    for (const { place, sum } of fold.places) {
      for (const kind of kinds) await this.#learn(inside, place.day, kind);
      usage.push(addUsage(place, admit('model', place), admit('customer', place), sum));
    }
    // Their models are those of the places above.
    const teams = [...fold.teams].map(({ place, sum }) =>
      addTeamUsage(place, admit('model', { ...place, customer: '' }), sum),
    );
    const tags = [...fold.tags].map(({ place, sum }) => addTagUsage(place, sum));
    const spend: Statement[] = [];
    const old: Statement[] = [];
    for (const [budgetId, buckets] of fold.spent) {
      let latestMs = 0;
      for (const [startMs, spentNanoUsd] of buckets) {
        spend.push(addSpend(budgetId, startMs, spentNanoUsd));
        latestMs = Math.max(latestMs, startMs);
      }
      if (latestMs > 0) old.push(dropSpend(budgetId, latestMs));
    }
    for (const statements of [names, usage, teams, tags, spend, old]) await all(inside, inOrder(statements));
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

/** Sent one behind the other, without waiting between. */
async function all(inside: Runner, statements: readonly Statement[]) {
  return await Promise.all(statements.map((statement) => inside.run(statement)));
}
