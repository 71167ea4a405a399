/** Usage as it is asked for: from what was added up by day, never from the entries. */
import { type UsageGroup, type UsageQuery, type UsageRow, usageFields } from '../../ledger/ledger-store.ts';
import { dayMs } from '../../ledger/usage-fold.ts';
import type { Cell, Row } from '../rows.ts';
import type { Statement } from '../statements.ts';
import { usageSums } from './usage-statements.ts';

const scopes = [
  ['organizationId', 'organization_id = ?'],
  ['teamId', 'team_id = ?'],
  ['keyId', 'key_id = ?'],
] as const;

function tableFor({ groupBy, keyId }: UsageQuery): string {
  if (groupBy === 'tag') return 'tag_usage_by_day';
  const isFine = keyId !== undefined || groupBy === 'key' || groupBy === 'user' || groupBy === 'customer';
  return isFine ? 'usage_by_day' : 'team_usage_by_day';
}

function groupOf(groupBy: UsageGroup, cell: Cell | undefined): string | null {
  if (groupBy === 'day') return new Date(Number(cell) * dayMs).toISOString().slice(0, 10);
  return cell === '' || cell === null || cell === undefined ? null : String(cell);
}

/** `total`: what adds up a column beyond what whole numbers of the storage hold. */
export function selectUsage(query: UsageQuery, total: (column: string) => string): Statement {
  const { groupBy, fromMs, toMs } = query;
  const column = usageFields[groupBy];
  // A page of keys is found in the order of keys, whatever the days.
  const day = groupBy === 'key' && query.limit !== undefined ? '+day' : 'day';
  const conditions = [`${day} >= ?`, `${day} < ?`];
  const cells: Cell[] = [Math.floor(fromMs / dayMs), Math.ceil(toMs / dayMs)];
  for (const [name, condition] of scopes) {
    const value = query[name];
    if (value === undefined) continue;
    conditions.push(condition);
    cells.push(value);
  }
  if (query.after !== undefined) {
    conditions.push(`${column} > ?`);
    cells.push(groupBy === 'day' ? Math.floor(Date.parse(query.after) / dayMs) : query.after);
  }
  const limit = query.limit === undefined ? '' : ' LIMIT ?';
  if (query.limit !== undefined) cells.push(query.limit);
  return {
    text: `SELECT ${column} AS name, ${usageSums.map((sum) => `${total(sum)} AS ${sum}`).join(', ')}
      FROM ${tableFor(query)} WHERE ${conditions.join(' AND ')} GROUP BY ${column} ORDER BY ${column}${limit}`,
    cells,
  };
}

export function usageRowOf({ groupBy }: UsageQuery, row: Row): UsageRow {
  return {
    group: groupOf(groupBy, row.name),
    requests: Number(row.requests),
    errors: Number(row.errors),
    inputTokens: Number(row.input_tokens),
    cachedTokens: Number(row.cached_tokens),
    outputTokens: Number(row.output_tokens),
    costNanoUsd: Number(row.cost_nano_usd),
  };
}
