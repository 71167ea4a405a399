/** Counting in this process: what is told to whom, budgets met for the first time, and nothing kept that is not needed. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Budget, Caps, Limits } from '../../../src/ledger/caps.ts';
import { MemoryCounters } from '../../../src/ledger/counters/memory-counters.ts';
import type { Claim, Grant } from '../../../src/ledger/counters.ts';
import type { BucketSpend } from '../../../src/ledger/ledger-store.ts';

const now = Date.parse('2026-11-22T22:00:00Z');
const minute = 60_000;

function budget(fields: Partial<Budget> = {}): Budget {
  return {
    id: 'budget_1',
    limitNanoUsd: 5_000_000_000,
    window: 'day',
    rolling: false,
    models: null,
    raise: null,
    warnAt: [],
    ...fields,
  };
}

function limited(limits: Partial<Limits>, scope: Caps['scope'] = { kind: 'key', id: 'key_1' }): Caps {
  return { scope, limits: { rpm: null, tpm: null, parallel: null, ...limits }, budgets: [] };
}

function budgeted(...budgets: Budget[]): Caps {
  return { scope: { kind: 'team', id: 'team_1' }, budgets };
}

function claim(id: string, caps: readonly Caps[], fields: Partial<Claim> = {}): Claim {
  return { id, nowMs: now, caps, tokens: 10, costNanoUsd: 100_000_000, ...fields };
}

const nothing = async (): Promise<readonly BucketSpend[]> => [];

async function refusal(counters: MemoryCounters, asked: Claim): Promise<GatewayError> {
  try {
    await counters.reserve(asked);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('It was granted.');
}

test('100 calls at once of $0.10 against $5: exactly 50 pass, and nothing is held once they ended', async () => {
  let loads = 0;
  const counters = new MemoryCounters({
    load: async () => {
      loads++;
      await Bun.sleep(1);
      return [];
    },
  });
  const caps = [budgeted(budget())];
  const asked = Array.from({ length: 100 }, (_, nth) => counters.reserve(claim(`req_${nth}`, caps)));
  const answers = await Promise.allSettled(asked);
  const granted = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  expect(granted).toHaveLength(50);
  expect(loads).toBe(1);
  for (const grant of granted) counters.settle(grant, { nowMs: now, tokens: 10, costNanoUsd: 100_000_000 });
  expect(counters.size.held).toBe(0);
  expect(await counters.standing([budget()], now)).toEqual([
    { budget: budget(), spentNanoUsd: 5_000_000_000, reservedNanoUsd: 0, resetsAtMs: now + 2 * 60 * minute },
  ]);
});

describe('a refusal', () => {
  const cases: readonly (readonly [string, Caps, Partial<Claim>, string, Record<string, string>])[] = [
    [
      'rpm',
      limited({ rpm: 1 }),
      {},
      'The call passes the limit of 1 requests a minute (rpm) of the key. Try again in 60.000 s.',
      { 'retry-after': '60', 'retry-after-ms': '60000' },
    ],
    [
      'tpm',
      limited({ tpm: 15 }, { kind: 'customer', id: 'Ada' }),
      {},
      'The call passes the limit of 15 tokens a minute (tpm) of the customer "Ada". Try again in 20.000 s.',
      { 'retry-after': '20', 'retry-after-ms': '20000' },
    ],
    [
      'parallel',
      limited({ parallel: 1 }, { kind: 'model', id: 'gpt-5' }),
      {},
      'The call passes the limit of 1 calls at once (parallel) of the model "gpt-5". Try again once one has ended.',
      { 'retry-after': '1', 'retry-after-ms': '1000' },
    ],
    [
      'a budget that is used up',
      budgeted(budget({ limitNanoUsd: 100_000_000 })),
      {},
      'The budget of $0.1 a day of the team is used up. It resets at 2026-11-23T00:00:00.000Z.',
      { 'x-should-retry': 'false' },
    ],
    [
      'a budget with too little left',
      budgeted(budget({ limitNanoUsd: 150_000_000, window: 'month', rolling: true })),
      {},
      'The call may cost $0.1, more than is left of the budget of $0.15 in any thirty days of the team.',
      { 'x-should-retry': 'false' },
    ],
  ];

  test.each(cases)(
    'of %s names it, and whose it is, by no id',
    async (_name, caps, fields, message, headers) => {
      const counters = new MemoryCounters({ load: nothing });
      await counters.reserve(claim('req_1', [caps], fields));
      const error = await refusal(counters, claim('req_2', [caps], fields));
      expect(error.message).toBe(message);
      expect(error.headers).toEqual(headers);
      expect(error.status).toBe(429);
      expect(error.message).not.toContain('_1');
    },
  );

  test('of what no wait could grant says so, instead of a time', async () => {
    const counters = new MemoryCounters({ load: nothing });
    const error = await refusal(counters, claim('req_1', [limited({ tpm: 1000 })], { tokens: 1001 }));
    expect(error.message).toStartWith('The call may take 1001 tokens at once, more than the limit of 1000');
    expect(error.headers).toEqual({ 'x-should-retry': 'false' });
    for (const limits of [{ rpm: 0 }, { tpm: 0 }, { parallel: 0 }]) {
      const { code, headers } = await refusal(counters, claim('req_2', [limited(limits)]));
      expect({ code, headers }).toEqual({
        code: 'rate_limit_exceeded',
        headers: { 'x-should-retry': 'false' },
      });
    }
  });

  test('for several reasons tells the one that stands longest', async () => {
    const counters = new MemoryCounters({ load: nothing });
    const caps = [limited({ rpm: 1, parallel: 1 }), budgeted(budget({ limitNanoUsd: 100_000_000 }))];
    await counters.reserve(claim('req_1', caps));
    expect((await refusal(counters, claim('req_2', caps))).code).toBe('budget_exceeded');
    expect((await refusal(counters, claim('req_3', caps.slice(0, 1)))).message).toContain('rpm');
  });
});

test('a raise counts until its moment', async () => {
  const counters = new MemoryCounters({ load: nothing });
  const raised = budget({ limitNanoUsd: 0, raise: { limitNanoUsd: 1_000_000_000, untilMs: now + minute } });
  await counters.reserve(claim('req_1', [budgeted(raised)], { nowMs: now + minute - 1 }));
  const error = await refusal(counters, claim('req_2', [budgeted(raised)], { nowMs: now + minute }));
  expect(error.code).toBe('budget_exceeded');
});

test('each share is warned of once a window', async () => {
  const counters = new MemoryCounters({ load: nothing });
  const caps = [budgeted(budget({ limitNanoUsd: 1_000_000_000, warnAt: [0.2, 0.3, 1] }))];
  const shares = async (id: string, nowMs: number, costNanoUsd: number) => {
    const grant = await counters.reserve(claim(id, caps, { nowMs, costNanoUsd }));
    counters.settle(grant, { nowMs, tokens: 0, costNanoUsd });
    return grant.warnings.map(({ share }) => share);
  };
  expect(await shares('req_1', now, 100_000_000)).toEqual([]);
  expect(await shares('req_2', now, 200_000_000)).toEqual([0.2, 0.3]);
  expect(await shares('req_3', now, 100_000_000)).toEqual([]);
  expect(await shares('req_4', now, 600_000_000)).toEqual([1]);
  expect(await shares('req_5', now + 2 * 60 * minute, 250_000_000)).toEqual([0.2]);
});

describe('a budget met for the first time', () => {
  test('is refused while the ledger cannot tell, for all who wait, and nothing is held', async () => {
    let isBroken = true;
    let loads = 0;
    const counters = new MemoryCounters({
      load: async () => {
        loads++;
        if (isBroken) throw new Error('no disk');
        return [];
      },
    });
    const caps = [limited({ rpm: 5, tpm: 100, parallel: 5 }), budgeted(budget())];
    const answers = [1, 2, 3].map((nth) => refusal(counters, claim(`req_${nth}`, caps)));
    for (const { code } of await Promise.all(answers)) expect(code).toBe('storage_unavailable');
    expect(loads).toBe(1);
    isBroken = false;
    const grant = await counters.reserve(claim('req_4', caps));
    expect(grant.requests).toEqual({ limit: 5, remaining: 4, resetMs: 12_000 });
    expect(grant.tokens).toEqual({ limit: 100, remaining: 90, resetMs: 6000 });
    expect(counters.size.held).toBe(1);
  });

  test('passes where that is the policy, and is counted all the same', async () => {
    let isBroken = true;
    const load = async () => {
      if (isBroken) throw new Error('no disk');
      return [{ bucketStartMs: now - 22 * 60 * minute, spentNanoUsd: 7 }];
    };
    const counters = new MemoryCounters({ load, whenUnavailable: 'allow' });
    const first = await counters.reserve(claim('req_1', [budgeted(budget({ limitNanoUsd: 1 }))]));
    expect(first.charges).toEqual([{ budgetId: 'budget_1', bucketStartMs: now - 22 * 60 * minute }]);
    isBroken = false;
    const [standing] = await counters.standing([budget()], now);
    expect(standing).toMatchObject({ spentNanoUsd: 7, reservedNanoUsd: 100_000_000 });
    const error = await refusal(counters, claim('req_2', [budgeted(budget({ limitNanoUsd: 1 }))]));
    expect(error.code).toBe('budget_exceeded');
  });

  test('counts what others of the same request id hold once', async () => {
    const counters = new MemoryCounters({ load: nothing });
    const same = claim('req_1', [limited({ parallel: 1, rpm: 2 }), budgeted(budget())]);
    const [one, other] = await Promise.all([counters.reserve(same), counters.reserve(same)]);
    expect(one).toBe(other);
    counters.settle(one, { nowMs: now, tokens: 1, costNanoUsd: 5 });
    counters.settle(other, { nowMs: now, tokens: 1, costNanoUsd: 5 });
    expect(await counters.standing([budget()], now)).toMatchObject([{ spentNanoUsd: 5, reservedNanoUsd: 0 }]);
  });

  test('that was known, then set back past what is known, is asked of the ledger again', async () => {
    const bucketStartMs = now - 22 * 60 * minute;
    const asked: number[] = [];
    const counters = new MemoryCounters({
      load: async (_id, sinceMs) => {
        asked.push(sinceMs);
        return sinceMs <= bucketStartMs ? [{ bucketStartMs, spentNanoUsd: 42 }] : [];
      },
    });
    const day = 24 * 60 * minute;
    for (const [nowMs, spentNanoUsd] of [
      [now, 42],
      [now + 7 * day, 0],
      [now, 42],
      [now + 1, 42],
    ] as const)
      expect(await counters.standing([budget()], nowMs)).toMatchObject([{ spentNanoUsd }]);
    expect(asked).toEqual([bucketStartMs, bucketStartMs]);
  });
});

describe('a call that outlives its window', () => {
  test('is booked where it began, and weighs on the next one not at all', async () => {
    const counters = new MemoryCounters({ load: nothing });
    const caps = [budgeted(budget({ limitNanoUsd: 100_000_000 }))];
    const grant = await counters.reserve(claim('req_1', caps));
    const tomorrow = now + 3 * 60 * minute;
    const next = await counters.reserve(claim('req_2', caps, { nowMs: tomorrow }));
    expect(next.charges[0]?.bucketStartMs).toBe(now + 2 * 60 * minute);
    counters.settle(grant, { nowMs: tomorrow, tokens: 0, costNanoUsd: 90_000_000 });
    counters.settle(next, { nowMs: tomorrow, tokens: 0, costNanoUsd: 1 });
    expect(await counters.standing([budget()], tomorrow)).toMatchObject([
      { spentNanoUsd: 1, reservedNanoUsd: 0 },
    ]);
  });
});

describe('what is kept', () => {
  const caps = (nth: number): readonly Caps[] => [
    { ...limited({ rpm: 60, tpm: 1000, parallel: 2 }, { kind: 'customer', id: `c${nth}` }), budgets: [] },
    budgeted(budget({ id: `budget_${nth}` })),
  ];
  /** Calls without caps: time passes, and what is idle is looked at. */
  const pass = async (counters: MemoryCounters, nowMs: number) => {
    for (let nth = 0; nth < 20_000; nth++) {
      const grant = await counters.reserve(claim(`pass_${nowMs}_${nth}`, [], { nowMs }));
      counters.settle(grant, { nowMs, tokens: 0, costNanoUsd: 0 });
    }
  };

  test('goes when it is idle, and stays while it is held or owed', async () => {
    const counters = new MemoryCounters({ load: nothing });
    const grants: Grant[] = [];
    for (let nth = 0; nth < 2000; nth++) grants.push(await counters.reserve(claim(`req_${nth}`, caps(nth))));
    await pass(counters, now + 60 * minute);
    expect(counters.size).toEqual({ held: 2000, scopes: 2000, budgets: 2000 });
    for (const [nth, grant] of grants.entries()) {
      // The first owes an hour's worth.
      const tokens = nth === 0 ? 60_000 : 0;
      counters.settle(grant, { nowMs: now + 60 * minute, tokens, costNanoUsd: 0 });
    }
    await pass(counters, now + 90 * minute);
    expect(counters.size).toEqual({ held: 0, scopes: 1, budgets: 0 });
    await pass(counters, now + 121 * minute);
    expect(counters.size).toEqual({ held: 0, scopes: 0, budgets: 0 });
  });
});
