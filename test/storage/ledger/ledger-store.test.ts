/** What every ledger keeps alike: an entry counts once, sums are what the entries say, and what was spent is known at once. */
import { afterEach, beforeEach, describe, test as every, expect } from 'bun:test';
import type { CallRecord } from '../../../src/ledger/call-record.ts';
import type { UsageQuery } from '../../../src/ledger/ledger-store.ts';
import { namesADay, otherNames } from '../../../src/storage/ledger/day-names.ts';
import { recordWith } from '../../ledger/records.ts';
import { type LedgerPlace, ledgers } from './ledgers.ts';

const day = Date.parse('2026-11-22T00:00:00Z');
const all = { fromMs: 0, toMs: Date.parse('2030-01-01T00:00:00Z') };
const by = (groupBy: UsageQuery['groupBy'], more: Partial<UsageQuery> = {}): UsageQuery => ({
  groupBy,
  ...all,
  ...more,
});
const charge = { budgetId: 'budget_1', bucketStartMs: day };

describe.each(ledgers)('%s', (_name, kind) => {
  const test = every.skipIf(kind.missing !== undefined);
  let place: LedgerPlace;
  beforeEach(async () => {
    if (kind.missing === undefined) place = await kind.make();
  });
  afterEach(async () => {
    if (kind.missing === undefined) await place.remove();
  });
  const open = () => place.open();

  test('an entry is kept with all that is known of it', async () => {
    const ledger = await open();
    await ledger.commit([
      recordWith({
        requestId: 'req_1',
        userId: 'user_1',
        customer: 'c',
        tags: ['a', 'b'],
        requestedModel: 'fast',
        stream: true,
        timeToFirstTokenMs: 1.5,
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          reasoningTokens: 3,
          audioInputTokens: 0,
          serviceTier: 'flex',
        },
        charges: [charge],
        upstreamRequestId: 'up_1',
      }),
    ]);
    await ledger.usage(by('day'));
    expect(await place.calls()).toEqual([
      {
        id: 'req_1',
        ended_at_ms: recordWith().endedAtMs,
        key_id: 'key_1',
        user_id: 'user_1',
        team_id: 'team_1',
        organization_id: 'org_1',
        tags: '["a","b"]',
        endpoint: '/v1/chat/completions',
        provider: 'p',
        model: 'm',
        mode: 'passthrough',
        stream: 1,
        price: '{"rates":{"input":1000000}}',
        requested_model: 'fast',
        customer: 'c',
        status: 200,
        error: null,
        attempts: 1,
        latency_us: 12345,
        first_token_us: 1500,
        finish: 'stop',
        input_tokens: 10,
        cached_tokens: null,
        output_tokens: 5,
        further_usage: '{"reasoningTokens":3,"serviceTier":"flex"}',
        usage_estimated: 0,
        cost_nano_usd: 100,
        cost_unknown: 0,
        charges: `[["budget_1",${day}]]`,
        upstream_request_id: 'up_1',
      },
    ]);
  });

  test('what is there already is passed over where it comes again, with all it would add', async () => {
    const ledger = await open();
    const first = recordWith({ charges: [charge] });
    const second = recordWith({ charges: [charge], tags: ['t'] });
    await ledger.commit([first]);
    await ledger.commit([first, second, second], true);
    await ledger.commit([second], true);
    expect(await ledger.spent('budget_1', 0)).toEqual([{ bucketStartMs: day, spentNanoUsd: 200 }]);
    expect((await ledger.usage(by('key')))[0]?.requests).toBe(2);
    expect(await ledger.spent('budget_1', 0)).toEqual([{ bucketStartMs: day, spentNanoUsd: 200 }]);
    expect(await place.ids()).toEqual([first.requestId, second.requestId].sort());
    expect((await ledger.usage(by('tag')))[0]?.requests).toBe(1);
  });

  test('what was spent is known at once, after it was added up, and after a start', async () => {
    const ledger = await open();
    await ledger.commit([recordWith({ charges: [charge], costNanoUsd: 7 })]);
    const expected = [{ bucketStartMs: day, spentNanoUsd: 7 }];
    expect(await ledger.spent('budget_1', day)).toEqual(expected);
    await ledger.usage(by('day'));
    expect(await ledger.spent('budget_1', day)).toEqual(expected);
    expect(await ledger.spent('budget_1', day + 1)).toEqual([]);
    await ledger.close();
    expect(await (await open()).spent('budget_1', day)).toEqual(expected);
  });

  describe('what is added up', () => {
    const calls: readonly Partial<CallRecord>[] = [
      { keyId: 'key_1', teamId: 'team_1', model: 'a', customer: 'x', tags: ['t', 't', 'u'] },
      { keyId: 'key_2', teamId: 'team_1', model: 'b', error: undefined, costNanoUsd: undefined },
      { keyId: 'key_3', teamId: undefined, organizationId: undefined, model: 'a', usage: undefined },
      { keyId: 'key_1', teamId: 'team_1', model: 'a', endedAtMs: day + 86_400_000 },
    ];
    const fill = async () => {
      const ledger = await open();
      for (const call of calls) await ledger.commit([recordWith(call)]);
      return ledger;
    };

    test('is grouped as it is asked for', async () => {
      const ledger = await fill();
      const requests = async (query: UsageQuery) =>
        Object.fromEntries(
          (await ledger.usage(query)).map(({ group, requests }) => [String(group), requests]),
        );
      expect(await requests(by('key'))).toEqual({ key_1: 2, key_2: 1, key_3: 1 });
      expect(await requests(by('team'))).toEqual({ null: 1, team_1: 3 });
      expect(await requests(by('organization'))).toEqual({ null: 1, org_1: 3 });
      expect(await requests(by('model'))).toEqual({ a: 3, b: 1 });
      expect(await requests(by('customer'))).toEqual({ null: 3, x: 1 });
      expect(await requests(by('tag'))).toEqual({ t: 1, u: 1 });
      expect(await requests(by('day'))).toEqual({ '2026-11-22': 3, '2026-11-23': 1 });
      expect(await requests(by('key', { teamId: 'team_1' }))).toEqual({ key_1: 2, key_2: 1 });
      expect(await requests(by('model', { keyId: 'key_3' }))).toEqual({ a: 1 });
      expect(await requests(by('day', { organizationId: 'org_2' }))).toEqual({});
      expect(await requests(by('key', { toMs: day + 86_400_000 }))).toEqual({ key_1: 1, key_2: 1, key_3: 1 });
      expect(await requests(by('key', { after: 'key_1', limit: 1 }))).toEqual({ key_2: 1 });
      expect(await requests(by('team', { after: '' }))).toEqual({ team_1: 3 });
      expect(await requests(by('day', { after: '2026-11-22' }))).toEqual({ '2026-11-23': 1 });
    });

    test('holds requests, errors, tokens and cost', async () => {
      const ledger = await fill();
      expect((await ledger.usage(by('provider')))[0]).toEqual({
        group: 'p',
        requests: 4,
        errors: 0,
        inputTokens: 30,
        cachedTokens: 12,
        outputTokens: 15,
        costNanoUsd: 300,
      });
    });

    test('tells only so many customers of a day apart', async () => {
      const ledger = await open();
      const records = Array.from({ length: namesADay.customer + 10 }, (_, at) =>
        recordWith({ customer: `c${at}` }),
      );
      await ledger.commit(records);
      await ledger.usage(by('day'));
      await ledger.close();
      const again = await open();
      await again.commit([recordWith({ customer: 'c1' }), recordWith({ customer: 'one more' })]);
      const rows = await again.usage(by('customer'));
      expect(rows.length).toBe(namesADay.customer + 1);
      expect(rows.find(({ group }) => group === otherNames)?.requests).toBe(11);
      expect(rows.find(({ group }) => group === 'c1')?.requests).toBe(2);
    });
  });

  test('spending of windows that are long over is dropped, that of a total stays', async () => {
    const ledger = await open();
    const minuteMs = 60_000;
    const spend = async (bucketStartMs: number) => {
      await ledger.commit([recordWith({ charges: [{ budgetId: 'budget_1', bucketStartMs }] })]);
      await ledger.usage(by('day'));
    };
    for (const startMs of [0, day + minuteMs, day + 30 * minuteMs, day, day + 3 * 60 * minuteMs + minuteMs])
      await spend(startMs);
    const starts = (await ledger.spent('budget_1', 0)).map(({ bucketStartMs }) => bucketStartMs);
    expect(starts.sort()).toEqual([0, day, day + 30 * minuteMs, day + 3 * 60 * minuteMs + minuteMs].sort());
  });

  test('a call sent again after midnight counts once', async () => {
    const ledger = await open();
    const late = recordWith({ endedAtMs: Date.parse('2026-11-30T23:59:59Z') });
    const next = recordWith({ endedAtMs: Date.parse('2026-12-01T00:00:01Z') });
    await ledger.commit([late]);
    await ledger.commit([late, next], true);
    await ledger.usage(by('day'));
    expect(await place.ids()).toEqual([late.requestId, next.requestId].sort());
  });

  test('names of all sorts, and numbers nobody can mean, are kept and hold up nothing', async () => {
    const ledger = await open();
    const names = [
      '\0',
      '\ufffd',
      '\ud800',
      '\udfff',
      "'; DROP TABLE calls; --",
      '?',
      '$1',
      '漢',
      '\\',
      '(other)',
    ];
    const claims = [2 ** 80, 1.5, -1, Number.MAX_SAFE_INTEGER];
    await ledger.commit([
      ...names.map((name) => recordWith({ customer: name, model: name, tags: [name, name], finish: name })),
      ...claims.map((tokens) => recordWith({ usage: { inputTokens: tokens, outputTokens: tokens } })),
      recordWith({ requestedModel: undefined, model: undefined, provider: undefined, mode: undefined }),
    ]);
    const rows = await ledger.usage(by('day'));
    expect(rows.map(({ requests }) => requests)).toEqual([names.length + claims.length + 1]);
    expect((await place.ids()).length).toBe(names.length + claims.length + 1);
  });
});
