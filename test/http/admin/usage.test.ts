/** `GET /admin/usage`: what was used, as far as the one who asks reaches. */
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallRecord } from '../../../src/ledger/call-record.ts';
import { SqliteLedger } from '../../../src/storage/sqlite/ledger/sqlite-ledger.ts';
import { recordWith } from '../../ledger/records.ts';
import { createWorld } from './people.ts';

const directory = mkdtempSync(join(tmpdir(), 'opengateway-usage-'));
const ledger = new SqliteLedger({
  databasePath: join(directory, 'opengateway.db'),
  retentionDays: undefined,
  isSynced: false,
});
const { send, root, people, team, neighbour, foreign, organization, elsewhere } = await createWorld({
  ledger,
});
afterAll(() => {
  ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

const at = (day: string) => Date.parse(`${day}T12:00:00Z`);
const key = (digit: string) => `key_${digit.repeat(32)}`;
const calls: readonly Partial<CallRecord>[] = [
  { keyId: key('1'), teamId: team.id, organizationId: organization.id, endedAtMs: at('2026-11-20') },
  {
    keyId: key('1'),
    teamId: team.id,
    organizationId: organization.id,
    endedAtMs: at('2026-11-21'),
    model: 'n',
  },
  { keyId: key('2'), teamId: neighbour.id, organizationId: organization.id, endedAtMs: at('2026-11-21') },
  { keyId: key('3'), teamId: foreign.id, organizationId: elsewhere.id, endedAtMs: at('2026-11-21') },
  {
    keyId: 'root',
    teamId: undefined,
    organizationId: undefined,
    endedAtMs: at('2026-11-21'),
    costNanoUsd: 1,
  },
];
await ledger.commit(calls.map(recordWith));

const span = 'from=2026-11-01&to=2026-12-01';
const get = async (query: string, who: Readonly<Record<string, string>> = root) =>
  await send(who, 'GET', `/admin/usage?${query}`);
const rows = async (query: string, who?: Readonly<Record<string, string>>) =>
  (await get(query, who)).json.data as Record<string, unknown>[];
const counts = async (field: string, query: string, who?: Readonly<Record<string, string>>) =>
  Object.fromEntries((await rows(query, who)).map((row) => [String(row[field]), row.requests]));

test('a row has the fields of its contract', async () => {
  expect((await get(`group_by=key&${span}&key_id=${key('1')}`)).json as object).toEqual({
    data: [
      {
        key_id: key('1'),
        requests: 2,
        errors: 0,
        input_tokens: 20,
        cached_tokens: 8,
        output_tokens: 10,
        cost_usd: 0.0000002,
      },
    ],
    next_cursor: null,
  });
});

test('rows are of what was asked for', async () => {
  expect(await counts('team_id', `group_by=team&${span}`)).toEqual({
    null: 1,
    [team.id]: 2,
    [neighbour.id]: 1,
    [foreign.id]: 1,
  });
  expect(await counts('model', `group_by=model&${span}`)).toEqual({ m: 4, n: 1 });
  expect(await counts('provider', `group_by=provider&${span}`)).toEqual({ p: 5 });
  expect(await counts('day', `group_by=day&${span}`)).toEqual({ '2026-11-20': 1, '2026-11-21': 4 });
  expect(await counts('key_id', `group_by=key&${span}&key_id=root`)).toEqual({ root: 1 });
  expect(await counts('day', `group_by=day&${span}&team_id=${team.id}`)).toEqual({
    '2026-11-20': 1,
    '2026-11-21': 1,
  });
});

test('`from` is the first day and `to` the one it ends before, but for a time on it', async () => {
  expect(await counts('day', 'group_by=day&from=2026-11-20&to=2026-11-21')).toEqual({ '2026-11-20': 1 });
  expect(await counts('day', 'group_by=day&from=2026-11-21T23:00:00Z&to=2026-11-21T23:30:00Z')).toEqual({
    '2026-11-21': 4,
  });
});

test('a long list comes in pages', async () => {
  const seen: unknown[] = [];
  let cursor = '';
  for (let page = 0; page < 5; page++) {
    const { json } = await get(`group_by=team&${span}&limit=1${cursor}`);
    seen.push(...(json.data as Record<string, unknown>[]).map(({ team_id }) => team_id));
    if (json.next_cursor === null) break;
    cursor = `&cursor=${json.next_cursor}`;
  }
  expect(seen).toEqual([null, ...[team.id, neighbour.id, foreign.id].sort()]);
});

describe('who asks', () => {
  const cases: readonly (readonly [keyof typeof people, Record<string, number>])[] = [
    ['auditor', { [key('1')]: 2 }],
    ['team_admin', { [key('1')]: 2 }],
    ['organization_admin', { [key('1')]: 2, [key('2')]: 1 }],
    ['platform_admin', { [key('1')]: 2, [key('2')]: 1, [key('3')]: 1, root: 1 }],
  ];
  test.each(cases)('%s sees what it reaches, and nothing else', async (role, expected) => {
    expect(await counts('key_id', `group_by=key&${span}`, people[role].headers)).toEqual(expected);
  });

  test.each(['team', 'organization', 'key'] as const)('no filter reaches further: %s', async (what) => {
    const filter = {
      team: `team_id=${neighbour.id}`,
      organization: `organization_id=${elsewhere.id}`,
      key: `key_id=${key('3')}`,
    }[what];
    expect(await counts('key_id', `group_by=key&${span}&${filter}`, people.team_admin.headers)).toEqual({});
  });

  test('a member sees nothing', async () => {
    expect((await get(`group_by=key&${span}`, people.member.headers)).status).toBe(403);
  });
});

test.each([
  ['', 'missing_required_parameter'],
  ['group_by=colour', 'invalid_value'],
  ['group_by=key&group_by=day', 'duplicate_key'],
  ['group_by=key&colour=red', 'unknown_parameter'],
  ['group_by=key&from=yesterday', 'invalid_value'],
  ['group_by=key&from=2026-02-31', 'invalid_value'],
  ['group_by=key&from=2026-11-02&to=2026-11-01', 'invalid_value'],
  ['group_by=key&from=1970-01-01&to=2026-11-01', 'invalid_value'],
  ['group_by=key&limit=0', 'invalid_value'],
  ['group_by=key&limit=1001', 'invalid_value'],
  ['group_by=key&cursor=x', 'invalid_value'],
  ['group_by=day&cursor=YWZ0ZXIgeA', 'invalid_value'],
  ["group_by=key&team_id=team_' OR 1=1", 'invalid_value'],
])('%s: %s', async (query, code) => {
  const { status, json } = await get(query);
  expect([status, (json.error as unknown as { code: string }).code]).toEqual([400, code]);
});
