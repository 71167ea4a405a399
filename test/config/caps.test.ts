/** Limits and budgets of the configuration: complete, exact, with ids that outlast a start, and every mistake with its place. */
import { describe, expect, test } from 'bun:test';
import { complaintsAbout, settingsFrom } from './read.ts';

const file = (json: unknown) => ({ files: { 'opengateway.json': JSON.stringify(json) } });
const capsFrom = async (json: object) => (await settingsFrom(file(json))).caps;

const dayBudget = { limitUsd: 5, window: 'day' };

test('without any there are none', async () => {
  expect(await capsFrom({})).toEqual({
    everything: undefined,
    models: [],
    customers: new Map(),
    eachCustomer: undefined,
    unknownPrice: 'refuse',
    usualOutputTokens: 500,
  });
});

test('all that is said is there', async () => {
  const { everything, models, customers, eachCustomer, ...rest } = await capsFrom({
    caps: {
      limits: { parallel: 100 },
      budgets: [dayBudget],
      models: { 'gpt-4*': { limits: { rpm: 60 } }, o1: { budgets: [{ ...dayBudget, rolling: true }] } },
      customers: {
        '*': { limits: { tpm: 1000 }, budgets: [{ ...dayBudget, limitUsd: 0.1 }] },
        acme: {
          budgets: [
            {
              limitUsd: 2.5,
              window: 'month',
              models: ['gpt-*'],
              warnAt: [0.9, 0.5],
              raise: { limitUsd: 3, until: '2030-01-01T00:00:00Z' },
            },
          ],
        },
        free: {},
      },
    },
    budgets: { unknownPrice: 'allow', usualOutputTokens: 9 },
  });
  expect(rest).toEqual({ unknownPrice: 'allow', usualOutputTokens: 9 });
  expect(everything).toMatchObject({
    scope: { kind: 'gateway' },
    limits: { rpm: null, tpm: null, parallel: 100 },
    budgets: [{ limitNanoUsd: 5e9, window: 'day', rolling: false, models: null, raise: null, warnAt: [] }],
  });
  expect(models).toMatchObject([
    { scope: { kind: 'model', id: 'gpt-4*' }, limits: { rpm: 60 }, budgets: [] },
    { scope: { kind: 'model', id: 'o1' }, budgets: [{ rolling: true }] },
  ]);
  expect(customers.get('acme')).toMatchObject({
    scope: { kind: 'customer', id: 'acme' },
    budgets: [
      {
        limitNanoUsd: 2_500_000_000,
        models: ['gpt-*'],
        warnAt: [0.5, 0.9],
        raise: { limitNanoUsd: 3e9, untilMs: Date.UTC(2030, 0, 1) },
      },
    ],
  });
  expect(customers.get('free')).toEqual({ scope: { kind: 'customer', id: 'free' }, budgets: [] });
  expect(customers.has('*')).toBe(false);
  expect(eachCustomer?.('bob')).toMatchObject({
    scope: { kind: 'customer', id: 'bob' },
    limits: { tpm: 1000 },
    budgets: [{ limitNanoUsd: 100_000_000 }],
  });
});

describe('the id of a budget', () => {
  const idOf = async (caps: object) => {
    const { everything, models, customers } = await capsFrom({ caps });
    return [everything, ...models, ...customers.values()].flatMap((held) => held?.budgets ?? [])[0]?.id;
  };
  const budgets = [dayBudget];

  test('is the same after every start, whatever the limit and the order', async () => {
    const one = await idOf({ models: { 'gpt-4*': { budgets } } });
    expect(one).toMatch(/^budget_[0-9a-f]{32}$/);
    const other = { limitUsd: 9, window: 'hour' };
    const ids = (
      await capsFrom({
        caps: { models: { a: { budgets }, 'gpt-4*': { budgets: [other, { ...dayBudget, limitUsd: 7 }] } } },
      })
    ).models.flatMap((held) => held.budgets.map(({ id }) => id));
    expect(ids).toContain(one ?? '');
    expect(new Set(ids).size).toBe(3);
  });

  test('is another for another place, window or models', async () => {
    const ids = await Promise.all([
      idOf({ budgets }),
      idOf({ models: { a: { budgets } } }),
      idOf({ models: { b: { budgets } } }),
      idOf({ customers: { a: { budgets } } }),
      idOf({ budgets: [{ ...dayBudget, window: 'hour' }] }),
      idOf({ budgets: [{ ...dayBudget, rolling: true }] }),
      idOf({ budgets: [{ ...dayBudget, models: ['a'] }] }),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is each customer’s own, also once it gets an entry of its own', async () => {
    const { eachCustomer } = await capsFrom({ caps: { customers: { '*': { budgets } } } });
    const [a, b] = ['a', 'b'].map((name) => eachCustomer?.(name).budgets[0]?.id);
    expect(a).not.toBe(b ?? '');
    expect(await idOf({ customers: { a: { budgets } } })).toBe(a ?? '');
  });
});

test.each<[object, RegExp]>([
  [{ caps: { budgets: [{ limit_usd: 5, window: 'day' }] } }, /limit_usd.*limitUsd/],
  [{ caps: { budgets: [{ limitUsd: 5, window: 'dya' }] } }, /one of hour, day.*'day'/],
  [{ caps: { budgets: [{ limitUsd: -5, window: 'day' }] } }, /caps\.budgets\.0\.limitUsd/],
  [{ caps: { budgets: [{ limitUsd: 1e-10, window: 'day' }] } }, /nine decimals/],
  [{ caps: { budgets: [{ limitUsd: 1, window: 'total', rolling: true }] } }, /no window to roll/],
  [{ caps: { budgets: [dayBudget, { ...dayBudget, limitUsd: 6 }] } }, /another budget/],
  [{ caps: { budgets: [{ ...dayBudget, raise: { limitUsd: 1, until: 'soon' } }] } }, /must be a time/],
  [{ caps: { budgets: [{ ...dayBudget, warnAt: [80] }] } }, /warnAt/],
  [{ caps: { limits: { rps: 5 } } }, /rps.*'rpm'/],
  [{ caps: { models: { a: { limits: { rpm: 1.5 } } } } }, /caps\.models\.a\.limits\.rpm/],
  [{ caps: { keys: {} } }, /unknown key 'keys'/],
  [{ budgets: { unknownPrice: 'deny' } }, /refuse, allow/],
  [{ webhooks: { budgetWarning: 'example.com' } }, /webhooks\.budgetWarning/],
])('%j is complained of', async (json, complaint) => {
  const complaints = await complaintsAbout(file(json));
  expect(complaints.join('\n')).toMatch(complaint);
  expect(complaints[0]).toMatch(/^opengateway\.json:1:\d+ {2}/);
});
