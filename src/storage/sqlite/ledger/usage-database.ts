/**
 * What the entries add up to: usage by day, what was spent of budgets, and up to which entry all is in. It is never waited for:
 * what a crash takes from it is added up once more from the entries.
 */
import type { Database } from 'bun:sqlite';
import type { BucketSpend } from '../../../ledger/ledger-store.ts';
import { dayMs, type UsageFold, type UsageSum } from '../../../ledger/usage-fold.ts';
import type { Cell, Row } from '../../rows.ts';
import { connect } from '../connection.ts';
import { DayNames } from './day-names.ts';
import { usageSteps } from './schema.ts';

const sums = ['requests', 'errors', 'input_tokens', 'cached_tokens', 'output_tokens', 'cost_nano_usd'];

function adding(table: string, keys: readonly string[]): string {
  const places = [...keys, ...sums].map(() => '?').join(', ');
  const added = sums.map((sum) => `${sum} = ${sum} + excluded.${sum}`).join(', ');
  return `INSERT INTO ${table} (${[...keys, ...sums].join(', ')}) VALUES (${places})
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${added}`;
}

const addUsage = adding('usage_by_day', [
  'day',
  'key_id',
  'model',
  'provider',
  'customer',
  'user_id',
  'team_id',
  'organization_id',
]);
const addTagUsage = adding('tag_usage_by_day', ['day', 'key_id', 'tag', 'team_id', 'organization_id']);
const addSpend = `INSERT INTO budget_spend (budget_id, bucket_start_ms, spent_nano_usd) VALUES (?, ?, ?)
  ON CONFLICT (budget_id, bucket_start_ms) DO UPDATE SET spent_nano_usd = spent_nano_usd + excluded.spent_nano_usd`;
const moveMark = `INSERT INTO added_up (month, number) VALUES (?, ?)
  ON CONFLICT (month) DO UPDATE SET number = excluded.number`;

const minuteMs = 60_000;
/**
 * Buckets nobody looks at any more. The finer a bucket, the shorter the window it is part of, and a start that is no whole
 * half hour can only be that of a minute. Those of totals begin at 0 and stay.
 */
const dropSpend = `DELETE FROM budget_spend WHERE budget_id = ?1 AND bucket_start_ms > 0 AND (
  bucket_start_ms < ?2 - ${62 * dayMs}
  OR (bucket_start_ms % ${dayMs} <> 0 AND bucket_start_ms < ?2 - ${8 * dayMs})
  OR (bucket_start_ms % ${6 * 60 * minuteMs} <> 0 AND bucket_start_ms < ?2 - ${2 * dayMs})
  OR (bucket_start_ms % ${30 * minuteMs} <> 0 AND bucket_start_ms < ?2 - ${120 * minuteMs}))`;

/** Of how many budgets the latest bucket is remembered. */
const maxBuckets = 50_000;

function cellsOf(sum: UsageSum): Cell[] {
  return [
    sum.requests,
    sum.errors,
    sum.inputTokens,
    sum.cachedTokens,
    sum.outputTokens,
    // What an upstream claims may be beyond what a number holds exactly.
    Math.min(sum.costNanoUsd, Number.MAX_SAFE_INTEGER),
  ];
}

export class UsageDatabase {
  readonly #database: Database;
  readonly #names: DayNames;
  readonly #latest = new Map<string, number>();

  /** Throws StorageRefused. */
  constructor(path: string) {
    const { database } = connect(path, false, usageSteps);
    this.#database = database;
    database.run('PRAGMA synchronous = NORMAL');
    this.#names = new DayNames(database);
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
    const usage = this.#database.query(addUsage);
    for (const { place, sum } of fold.places) {
      const { day, keyId, provider, userId, teamId, organizationId } = place;
      const model = this.#names.admit(day, 'model', place.model);
      const customer = this.#names.admit(day, 'customer', place.customer);
      usage.run(day, keyId, model, provider, customer, userId, teamId, organizationId, ...cellsOf(sum));
    }
    const tags = this.#database.query(addTagUsage);
    for (const { place, sum } of fold.tags) {
      const { day, keyId, tag, teamId, organizationId } = place;
      tags.run(day, keyId, tag, teamId, organizationId, ...cellsOf(sum));
    }
  }

  #addSpend(fold: UsageFold): void {
    const spend = this.#database.query(addSpend);
    for (const [budgetId, buckets] of fold.spent) {
      let latest = 0;
      for (const [startMs, spentNanoUsd] of buckets) {
        spend.run(budgetId, startMs, spentNanoUsd);
        latest = Math.max(latest, startMs);
      }
      if (latest === 0 || this.#latest.get(budgetId) === latest) continue;
      this.#database.query(dropSpend).run(budgetId, latest);
      if (this.#latest.size >= maxBuckets) this.#latest.clear();
      this.#latest.set(budgetId, latest);
    }
  }

  spent(budgetId: string, sinceMs: number): BucketSpend[] {
    const rows = this.#database
      .query<Row, Cell[]>(
        'SELECT bucket_start_ms, spent_nano_usd FROM budget_spend WHERE budget_id = ? AND bucket_start_ms >= ?',
      )
      .all(budgetId, sinceMs);
    return rows.map((row) => ({
      bucketStartMs: Number(row.bucket_start_ms),
      spentNanoUsd: Number(row.spent_nano_usd),
    }));
  }

  rows(text: string, cells: Cell[]): readonly Row[] {
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
