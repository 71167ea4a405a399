/** How calls that were added up are added to what is there, and how what was spent is read back, in what every storage understands. */
import type { BucketSpend } from '../../ledger/ledger-store.ts';
import {
  dayMs,
  type TagPlace,
  type TeamPlace,
  type UsagePlace,
  type UsageSum,
} from '../../ledger/usage-fold.ts';
import type { Cell, Row } from '../rows.ts';
import type { Statement } from '../statements.ts';

export const usageSums = [
  'requests',
  'errors',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'cost_nano_usd',
];

function adding(table: string, keys: readonly string[]): string {
  const places = [...keys, ...usageSums].map(() => '?').join(', ');
  const added = usageSums.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`).join(', ');
  return `INSERT INTO ${table} (${[...keys, ...usageSums].join(', ')}) VALUES (${places})
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${added}`;
}

const intoUsage = adding('usage_by_day', [
  'day',
  'key_id',
  'model',
  'provider',
  'customer',
  'user_id',
  'team_id',
  'organization_id',
]);
const intoTeamUsage = adding('team_usage_by_day', ['day', 'team_id', 'model', 'provider', 'organization_id']);
const intoTagUsage = adding('tag_usage_by_day', ['day', 'key_id', 'tag', 'team_id', 'organization_id']);
const intoSpend = `INSERT INTO budget_spend (budget_id, bucket_start_ms, spent_nano_usd) VALUES (?, ?, ?)
  ON CONFLICT (budget_id, bucket_start_ms) DO UPDATE SET spent_nano_usd = budget_spend.spent_nano_usd + excluded.spent_nano_usd`;

const minuteMs = 60_000;
/**
 * Buckets nobody looks at any more. The finer a bucket, the shorter the window it is part of, and a start that is no whole
 * half hour can only be that of a minute. Those of totals begin at 0 and stay.
 */
const dropOld = `DELETE FROM budget_spend WHERE budget_id = ? AND bucket_start_ms > 0 AND (
  bucket_start_ms < CAST(? AS BIGINT) - ${62 * dayMs}
  OR (bucket_start_ms % ${dayMs} <> 0 AND bucket_start_ms < CAST(? AS BIGINT) - ${8 * dayMs})
  OR (bucket_start_ms % ${6 * 60 * minuteMs} <> 0 AND bucket_start_ms < CAST(? AS BIGINT) - ${2 * dayMs})
  OR (bucket_start_ms % ${30 * minuteMs} <> 0 AND bucket_start_ms < CAST(? AS BIGINT) - ${120 * minuteMs}))`;

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

/** `model` and `customer`: as `DayNames` admits them. */
export function addUsage(place: UsagePlace, model: string, customer: string, sum: UsageSum): Statement {
  const { day, keyId, provider, userId, teamId, organizationId } = place;
  return {
    text: intoUsage,
    cells: [day, keyId, model, provider, customer, userId, teamId, organizationId, ...cellsOf(sum)],
  };
}

/** `model`: as `DayNames` admits it. */
export function addTeamUsage(
  { day, teamId, provider, organizationId }: TeamPlace,
  model: string,
  sum: UsageSum,
): Statement {
  return { text: intoTeamUsage, cells: [day, teamId, model, provider, organizationId, ...cellsOf(sum)] };
}

export function addTagUsage({ day, keyId, tag, teamId, organizationId }: TagPlace, sum: UsageSum): Statement {
  return { text: intoTagUsage, cells: [day, keyId, tag, teamId, organizationId, ...cellsOf(sum)] };
}

export function addSpend(budgetId: string, bucketStartMs: number, spentNanoUsd: number): Statement {
  return { text: intoSpend, cells: [budgetId, bucketStartMs, spentNanoUsd] };
}

/** `latestMs`: the start of the budget's latest bucket. */
export function dropSpend(budgetId: string, latestMs: number): Statement {
  return { text: dropOld, cells: [budgetId, latestMs, latestMs, latestMs, latestMs] };
}

export function selectSpend(budgetId: string, sinceMs: number): Statement {
  return {
    text: 'SELECT bucket_start_ms, spent_nano_usd FROM budget_spend WHERE budget_id = ? AND bucket_start_ms >= ?',
    cells: [budgetId, sinceMs],
  };
}

export function spendOf(row: Row): BucketSpend {
  return { bucketStartMs: Number(row.bucket_start_ms), spentNanoUsd: Number(row.spent_nano_usd) };
}
