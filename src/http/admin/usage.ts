/** What was used: rows by whatever is asked for, as far as the one who asks reaches. */
import { type Static, Type } from '@sinclair/typebox';
import { GatewayError } from '../../core/errors.ts';
import { isObjectId } from '../../core/ids.ts';
import { idPrefixes } from '../../identity/entity.ts';
import type { Reach } from '../../identity/role.ts';
import {
  type UsageGroup,
  type UsageQuery,
  type UsageRow,
  usageFields,
  usageGroups,
} from '../../ledger/ledger-store.ts';
import { dayMs } from '../../ledger/usage-fold.ts';
import { readTime } from './validation.ts';

const usualDays = 30;
/** Ten years. */
const mostDays = 3660;
const usualRows = 100;
const mostRows = 1000;

const filters = [
  ['key_id', 'keyId', 'key'],
  ['team_id', 'teamId', 'team'],
  ['organization_id', 'organizationId', 'organization'],
] as const;

export const usageRowSchema = Type.Object({
  ...Object.fromEntries(
    Object.values(usageFields).map((field) => [
      field,
      Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'Of what was grouped by.' })),
    ]),
  ),
  requests: Type.Integer(),
  errors: Type.Integer(),
  input_tokens: Type.Integer({ description: 'Those read from a cache included.' }),
  cached_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  cost_usd: Type.Number(),
});

function parameter(name: string, description: string, schema: object = { type: 'string' }) {
  return { name, in: 'query', required: name === 'group_by', schema, description };
}

export const usageParameters = [
  parameter('group_by', 'What rows are of.', { type: 'string', enum: usageGroups }),
  parameter('from', `The first day, UTC: \`2026-11-01\` or a time on it. ${usualDays} days ago when absent.`),
  parameter('to', 'The day before which it ends, or a time on the last one. Now when absent.'),
  ...filters.map(([name, , kind]) => parameter(name, `Only what belongs to this ${kind}.`)),
  parameter('limit', 'Rows.', { type: 'integer', minimum: 1, maximum: mostRows, default: usualRows }),
  parameter('cursor', 'The `next_cursor` of the page before.'),
];

function wrong(param: string, message: string): GatewayError {
  return new GatewayError('invalid_value', message, { param });
}

function timeOf(text: string, param: string): number {
  return readTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text, param);
}

const cursorMark = 'after ';

function cursorOf(group: string | null): string {
  return Buffer.from(cursorMark + (group ?? ''), 'utf8').toString('base64url');
}

function readCursor(text: string, groupBy: UsageGroup): string {
  const said = Buffer.from(text, 'base64url').toString('utf8');
  const after = said.slice(cursorMark.length);
  const isDay = groupBy !== 'day' || /^\d{4}-\d{2}-\d{2}$/.test(after);
  if (!said.startsWith(cursorMark) || !isDay) throw wrong('cursor', "'cursor' is not one a list has given.");
  return after;
}

type Asked = UsageQuery & { readonly limit: number };

/** Throws `unknown_parameter`, `missing_required_parameter`, `duplicate_key` or `invalid_value`. */
export function readUsageQuery(url: string, nowMs: number): Asked {
  const { searchParams } = new URL(url);
  const known = new Set(usageParameters.map(({ name }) => name));
  for (const param of searchParams.keys()) {
    if (searchParams.getAll(param).length > 1)
      throw new GatewayError('duplicate_key', `The query names '${param}' more than once.`, { param });
    // The caller's own key, where it comes this way.
    if (param !== 'key' && !known.has(param))
      throw new GatewayError('unknown_parameter', `Unknown parameter: '${param}'.`, { param });
  }
  const said = searchParams.get('group_by');
  if (said === null)
    throw new GatewayError('missing_required_parameter', "Missing required parameter: 'group_by'.", {
      param: 'group_by',
    });
  const groupBy = usageGroups.find((group) => group === said);
  if (groupBy === undefined) throw wrong('group_by', `'group_by' must be one of ${usageGroups.join(', ')}.`);
  const [from, to, limit = String(usualRows), cursor] = ['from', 'to', 'limit', 'cursor'].map(
    (name) => searchParams.get(name) ?? undefined,
  );
  const toMs = Math.ceil((to === undefined ? nowMs : timeOf(to, 'to')) / dayMs) * dayMs;
  const fromMs =
    from === undefined ? toMs - usualDays * dayMs : Math.floor(timeOf(from, 'from') / dayMs) * dayMs;
  if (fromMs > toMs) throw wrong('from', "'from' is behind 'to'.");
  if (toMs - fromMs > mostDays * dayMs) throw wrong('from', `At most ${mostDays} days can be asked for.`);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > mostRows)
    throw wrong('limit', `'limit' must be a whole number from 1 to ${mostRows}.`);
  return {
    groupBy,
    fromMs,
    toMs,
    limit: Number(limit),
    ...(cursor !== undefined && { after: readCursor(cursor, groupBy) }),
    ...filtersOf(searchParams),
  };
}

function filtersOf(query: URLSearchParams): Partial<UsageQuery> {
  const said = filters.flatMap(([param, field, kind]) => {
    const id = query.get(param);
    if (id === null) return [];
    // The root key is no object, and is used all the same.
    if (!isObjectId(idPrefixes[kind], id) && !(kind === 'key' && id === 'root'))
      throw wrong(param, `'${param}' is no id of a ${kind}.`);
    return [[field, id]];
  });
  return Object.fromEntries(said);
}

/** The query held to what the one who asks reaches; undefined where that leaves nothing. */
export function within<Query extends UsageQuery>(query: Query, reach: Reach): Query | undefined {
  if (reach === 'everything') return query;
  if (reach === 'nothing') return undefined;
  for (const [name, id] of Object.entries(reach) as ['teamId' | 'organizationId', string][])
    if (query[name] !== undefined && query[name] !== id) return undefined;
  return { ...query, ...reach };
}

export function usagePage(
  { groupBy, limit }: Asked,
  found: readonly UsageRow[],
): { readonly data: readonly Static<typeof usageRowSchema>[]; readonly next_cursor: string | null } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const data = page.map((row) => ({
    [usageFields[groupBy]]: row.group,
    requests: row.requests,
    errors: row.errors,
    input_tokens: row.inputTokens,
    cached_tokens: row.cachedTokens,
    output_tokens: row.outputTokens,
    cost_usd: row.costNanoUsd / 1e9,
  }));
  return { data, next_cursor: found.length > limit && last !== undefined ? cursorOf(last.group) : null };
}
