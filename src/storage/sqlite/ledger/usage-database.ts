/**
 * What the entries add up to: usage by day, what was spent of budgets, and up to which entry all is in. It is never waited for:
 * what a crash takes from it is added up once more from the entries.
 */
import type { Database } from 'bun:sqlite';
import type { BucketSpend } from '../../../ledger/ledger-store.ts';
import type { UsageFold } from '../../../ledger/usage-fold.ts';
import { DayNames, insertName, type NameKind, selectNames } from '../../ledger/day-names.ts';
import {
  addSpend,
  addTagUsage,
  addTeamUsage,
  addUsage,
  dropSpend,
  selectSpend,
  spendOf,
} from '../../ledger/usage-statements.ts';
import type { Cell, Row } from '../../rows.ts';
import type { Statement } from '../../statements.ts';
import { connect } from '../connection.ts';
import { usageSteps } from './schema.ts';

const moveMark = `INSERT INTO added_up (month, number) VALUES (?, ?)
  ON CONFLICT (month) DO UPDATE SET number = excluded.number`;

/** Of how many budgets the latest bucket is remembered. */
const maxBuckets = 50_000;

export class UsageDatabase {
  readonly #database: Database;
  readonly #names = new DayNames();
  readonly #latest = new Map<string, number>();

  /** Throws StorageRefused. */
  constructor(path: string) {
    const { database } = connect(path, false, usageSteps);
    this.#database = database;
    database.run('PRAGMA synchronous = NORMAL');
  }

  /** The last entry of a month that is in it; undefined where none is. */
  mark(month: string): number | undefined {
    const row = this.#database
      .query<{ number: number }, [string]>('SELECT number FROM added_up WHERE month = ?')
      .get(month);
    return row?.number;
  }

  /** All of it or nothing, and only where it goes on from `from`; false where another process has been here. */
  add(month: string, fold: UsageFold, from: number, to: number): boolean {
    try {
      return this.#database
        .transaction(() => {
          if ((this.mark(month) ?? 0) !== from) return false;
          this.#addUsage(fold);
          this.#addSpend(fold);
          this.#database.query(moveMark).run(month, to);
          return true;
        })
        .immediate();
    } catch (thrown) {
      this.#names.forget();
      throw thrown;
    }
  }

  #addUsage(fold: UsageFold): void {
    for (const { place, sum } of fold.places) {
      const model = this.#admit(place.day, 'model', place.model);
      const customer = this.#admit(place.day, 'customer', place.customer);
      this.#run(addUsage(place, model, customer, sum));
    }
    for (const { place, sum } of fold.teams)
      this.#run(addTeamUsage(place, this.#admit(place.day, 'model', place.model), sum));
    for (const { place, sum } of fold.tags) this.#run(addTagUsage(place, sum));
  }

  #admit(day: number, kind: NameKind, name: string): string {
    if (!this.#names.knows(day, kind)) {
      const known = this.rows(selectNames(day, kind)).map((row) => String(row.name));
      this.#names.learn(day, kind, known);
    }
    return this.#names.admit(day, kind, name, (fresh) => this.#run(insertName(day, kind, fresh)));
  }

  #addSpend(fold: UsageFold): void {
    for (const [budgetId, buckets] of fold.spent) {
      let latest = 0;
      for (const [startMs, spentNanoUsd] of buckets) {
        this.#run(addSpend(budgetId, startMs, spentNanoUsd));
        latest = Math.max(latest, startMs);
      }
      if (latest === 0 || this.#latest.get(budgetId) === latest) continue;
      this.#run(dropSpend(budgetId, latest));
      if (this.#latest.size >= maxBuckets) this.#latest.clear();
      this.#latest.set(budgetId, latest);
    }
  }

  #run({ text, cells }: Statement): void {
    this.#database.query(text).run(...cells);
  }

  spent(budgetId: string, sinceMs: number): BucketSpend[] {
    return this.rows(selectSpend(budgetId, sinceMs)).map(spendOf);
  }

  rows({ text, cells }: Statement): readonly Row[] {
    return this.#database.query<Row, Cell[]>(text).all(...cells);
  }

  /** Nothing of it can be lost any more: before what it was made from is deleted. */
  settle(): void {
    this.#database.run('PRAGMA wal_checkpoint(FULL)');
  }

  close(): void {
    this.#database.close();
  }
}
