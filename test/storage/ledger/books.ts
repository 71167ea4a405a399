/** A ledger's files, read behind the gateway's back: the entries, and what they are said to add up to. */
import { Database } from 'bun:sqlite';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Books {
  readonly ids: readonly string[];
  readonly entries: Sums;
  readonly usage: Sums;
  readonly teamUsage: Sums;
  /** By tag. */
  readonly tagged: { readonly entries: number; readonly usage: number };
  /** By budget and bucket, nano-dollars: as the entries were charged, and as it is kept. */
  readonly charged: Readonly<Record<string, number>>;
  readonly spent: Readonly<Record<string, number>>;
  /** What `PRAGMA integrity_check` says of each file. */
  readonly integrity: readonly string[];
}

interface Sums {
  readonly requests: number;
  readonly errors: number;
  readonly input: number;
  readonly output: number;
  readonly cost: number;
}

function one<Row>(database: Database, text: string): Row {
  return database.query<Row, []>(text).get() as Row;
}

function added(all: readonly Sums[]): Sums {
  const sum = { requests: 0, errors: 0, input: 0, output: 0, cost: 0 };
  for (const each of all)
    for (const name of ['requests', 'errors', 'input', 'output', 'cost'] as const) sum[name] += each[name];
  return sum;
}

/** Of a gateway that is stopped: its data directory. */
export function readBooks(dataDirectory: string): Books {
  const directory = join(dataDirectory, 'opengateway.ledger');
  const months = readdirSync(directory).filter((name) => /^\d{4}-\d{2}\.db$/.test(name));
  const ids: string[] = [];
  const sums: Sums[] = [];
  const charged: Record<string, number> = {};
  let tags = 0;
  const integrity: string[] = [];
  const check = (database: Database) =>
    integrity.push(one<{ integrity_check: string }>(database, 'PRAGMA integrity_check').integrity_check);
  for (const month of months) {
    const database = new Database(join(directory, month));
    check(database);
    ids.push(
      ...database
        .query<{ id: string }, []>('SELECT id FROM entries')
        .all()
        .map(({ id }) => id),
    );
    sums.push(
      one<Sums>(
        database,
        `SELECT COUNT(*) AS requests, COUNT(error) AS errors, TOTAL(input_tokens) AS input,
          TOTAL(output_tokens) AS output, TOTAL(cost_nano_usd) AS cost FROM entries`,
      ),
    );
    for (const { charges, cost } of database
      .query<{ charges: string; cost: number | null }, []>(
        'SELECT charges, cost_nano_usd AS cost FROM entries WHERE charges IS NOT NULL AND cost_nano_usd > 0',
      )
      .all())
      for (const [budget, start] of JSON.parse(charges) as [string, number][])
        charged[`${budget} ${start}`] = (charged[`${budget} ${start}`] ?? 0) + (cost ?? 0);
    tags += one<{ count: number }>(
      database,
      'SELECT TOTAL(json_array_length(tags)) AS count FROM calls',
    ).count;
    database.close();
  }
  const usage = new Database(join(directory, 'usage.db'));
  check(usage);
  const spent = usage
    .query<{ budget_id: string; bucket_start_ms: number; spent_nano_usd: number }, []>(
      'SELECT * FROM budget_spend',
    )
    .all()
    .map((row) => [`${row.budget_id} ${row.bucket_start_ms}`, row.spent_nano_usd] as const);
  const books = {
    ids,
    entries: added(sums),
    usage: one<Sums>(
      usage,
      `SELECT TOTAL(requests) AS requests, TOTAL(errors) AS errors, TOTAL(input_tokens) AS input,
        TOTAL(output_tokens) AS output, TOTAL(cost_nano_usd) AS cost FROM usage_by_day`,
    ),
    teamUsage: one<Sums>(
      usage,
      `SELECT TOTAL(requests) AS requests, TOTAL(errors) AS errors, TOTAL(input_tokens) AS input,
        TOTAL(output_tokens) AS output, TOTAL(cost_nano_usd) AS cost FROM team_usage_by_day`,
    ),
    tagged: {
      entries: tags,
      usage: one<{ count: number }>(usage, 'SELECT TOTAL(requests) AS count FROM tag_usage_by_day').count,
    },
    charged,
    spent: Object.fromEntries(spent),
    integrity,
  };
  usage.close();
  return books;
}
