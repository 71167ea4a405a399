/** Limits and budgets over HTTP: what is taken and given back, what is refused, and who may set how much. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { createWorld, type Json } from './people.ts';

let world: Awaited<ReturnType<typeof createWorld>>;
beforeAll(async () => {
  world = await createWorld();
});

interface View {
  readonly id: string;
  readonly limit_usd: number;
}

function budgetsOf(json: Json): readonly View[] {
  return json.budgets as readonly View[];
}

const collections = ['keys', 'users', 'teams', 'organizations'];

describe.each(collections)('%s', (collection) => {
  const path = `/admin/${collection}`;

  test('take limits and budgets, and give them back whole', async () => {
    const made = await world.make(path, {
      name: 'x',
      limits: { rpm: 60, parallel: 2 },
      budgets: [
        { limit_usd: 0.1, window: 'day' },
        {
          limit_usd: 25.000000001,
          window: 'month',
          rolling: true,
          models: ['gpt-*'],
          raise: { limit_usd: 50, until: '2030-01-31T00:00:00Z' },
          warn_at: [0.9, 0.5, 0.9],
        },
      ],
    });
    const view = {
      limits: { rpm: 60, tpm: null, parallel: 2 },
      budgets: [
        {
          limit_usd: 0.1,
          window: 'day',
          rolling: false,
          models: null,
          raise: null,
          warn_at: [],
          spent_usd: 0,
          reserved_usd: 0,
        },
        {
          limit_usd: 25.000000001,
          window: 'month',
          rolling: true,
          models: ['gpt-*'],
          raise: { limit_usd: 50, until: '2030-01-31T00:00:00.000Z' },
          warn_at: [0.5, 0.9],
        },
      ],
    };
    expect(made).toMatchObject(view);
    for (const { id } of budgetsOf(made)) expect(id).toMatch(/^budget_[0-9a-f]{32}$/);
    const { json } = await world.send(world.root, 'GET', `${path}/${made.id}`);
    const { key: _key, ...rest } = made;
    expect(json).toEqual(rest as Json);
  });

  test('keep a budget that is said again, and lose one that is not', async () => {
    const made = await world.make(path, {
      name: 'x',
      limits: { tpm: 5 },
      budgets: [
        { limit_usd: 1, window: 'day' },
        { limit_usd: 9, window: 'total' },
      ],
    });
    const [day] = budgetsOf(made);
    const change = async (body: object) =>
      (await world.send(world.root, 'PATCH', `${path}/${made.id}`, body)).json;
    const changed = await change({ budgets: [{ limit_usd: 2, window: 'day' }] });
    expect(budgetsOf(changed)).toMatchObject([{ id: day?.id, limit_usd: 2 }]);
    expect(changed.limits).toEqual({ rpm: null, tpm: 5, parallel: null });
    expect(budgetsOf(await change({ name: 'y' }))).toMatchObject([{ id: day?.id }]);
    expect((await change({ limits: { rpm: 7 } })).limits).toEqual({ rpm: 7, tpm: 5, parallel: null });
    expect((await change({ limits: {} })).limits).toEqual({ rpm: 7, tpm: 5, parallel: null });
    expect((await change({ limits: { tpm: null } })).limits).toEqual({ rpm: 7, tpm: null, parallel: null });
    expect((await change({ limits: { rpm: null } })).limits).toBeNull();
    expect((await change({ limits: null })).limits).toBeNull();
    expect((await change({ budgets: null })).budgets).toEqual([]);
  });
});

const budget = (fields: object) => ({ budgets: [{ limit_usd: 1, window: 'day', ...fields }] });

test.each<[object, string]>([
  [{ limits: [] }, 'limits'],
  [{ limits: { rpm: -1 } }, 'limits.rpm'],
  [{ limits: { rpm: 1.5 } }, 'limits.rpm'],
  [{ limits: { rpm: '60' } }, 'limits.rpm'],
  [{ limits: { tpm: 1e13 } }, 'limits.tpm'],
  [{ limits: { rps: 1 } }, 'limits.rps'],
  [{ budgets: {} }, 'budgets'],
  [{ budgets: [7] }, 'budgets[0]'],
  [{ budgets: [{ window: 'day' }] }, 'budgets[0].limit_usd'],
  [{ budgets: [{ limit_usd: 1 }] }, 'budgets[0].window'],
  [budget({ window: 'year' }), 'budgets[0].window'],
  [budget({ limit_usd: '5' }), 'budgets[0].limit_usd'],
  [budget({ limit_usd: -1 }), 'budgets[0].limit_usd'],
  [budget({ limit_usd: 1e-10 }), 'budgets[0].limit_usd'],
  [budget({ limit_usd: 4_000_001 }), 'budgets[0].limit_usd'],
  [budget({ limit_usd: null }), 'budgets[0].limit_usd'],
  [budget({ spent_usd: 1 }), 'budgets[0].spent_usd'],
  [budget({ window: 'total', rolling: true }), 'budgets[0]'],
  [budget({ models: [] }), 'budgets[0].models'],
  [budget({ raise: { limit_usd: 1 } }), 'budgets[0].raise'],
  [budget({ raise: { limit_usd: 1, until: 'soon' } }), 'budgets[0].raise.until'],
  [budget({ raise: { limit_usd: 1e-10, until: '2030-01-01T00:00:00Z' } }), 'budgets[0].raise.limit_usd'],
  [budget({ warn_at: [0] }), 'budgets[0].warn_at[0]'],
  [budget({ warn_at: [80] }), 'budgets[0].warn_at[0]'],
  [budget({ id: 'budget_1' }), 'budgets[0].id'],
  [budget({ id: `budget_${'0'.repeat(32)}` }), 'budgets[0]'],
  [
    {
      budgets: [
        { limit_usd: 1, window: 'day' },
        { limit_usd: 2, window: 'day' },
      ],
    },
    'budgets[1]',
  ],
])('%j is refused for %s', async (body, param) => {
  const { status, json } = await world.send(world.root, 'POST', '/admin/keys', { name: 'x', ...body });
  expect({ status, error: json.error }).toMatchObject({ status: 400, error: { param } });
});

describe('what holds a team in is set from above', () => {
  test.each([{ limits: { rpm: 1000 } }, { budgets: [] }])('%j', async (change) => {
    const path = `/admin/teams/${world.team.id}`;
    const said = async (who: Record<string, string>) => (await world.send(who, 'PATCH', path, change)).status;
    expect(await said(world.people.team_admin.headers)).toBe(403);
    expect(await said(world.people.organization_admin.headers)).toBe(200);
  });
});

describe('nobody grants more than they have', () => {
  const own = {
    limits: { rpm: 60, tpm: null, parallel: 4 },
    budgets: [{ limit_usd: 5, window: 'day', warn_at: [0.5] }],
  };
  const admin = async () => await world.person({ team_id: world.team.id, role: 'team_admin', ...own });

  test.each<[object, number]>([
    [{ ...own, limits: { rpm: 60, parallel: 4, tpm: 9 } }, 201],
    [{ ...own, limits: { rpm: 61, parallel: 4 } }, 403],
    [{ ...own, limits: { rpm: 60 } }, 403],
    [{ ...own, limits: null }, 403],
    [
      {
        ...own,
        budgets: [
          { limit_usd: 5, window: 'day' },
          { limit_usd: 90, window: 'total' },
        ],
      },
      201,
    ],
    [{ ...own, budgets: [{ limit_usd: 5.000000001, window: 'day' }] }, 403],
    [{ ...own, budgets: [{ limit_usd: 5, window: 'month' }] }, 403],
    [{ ...own, budgets: [{ limit_usd: 5, window: 'day', models: ['gpt-*'] }] }, 403],
    [{ ...own, budgets: [] }, 403],
    [
      {
        ...own,
        budgets: [{ limit_usd: 5, window: 'day', raise: { limit_usd: 6, until: '2099-01-01T00:00:00Z' } }],
      },
      403,
    ],
  ])('a key of %j', async (body, status) => {
    const { headers } = await admin();
    expect((await world.send(headers, 'POST', '/admin/keys', { name: 'x', ...body })).status).toBe(status);
  });

  test('what is not said is as narrow as they are, with budgets of its own', async () => {
    const { headers, id } = await admin();
    const made = (await world.send(headers, 'POST', '/admin/keys', { name: 'x' })).json;
    expect(made).toMatchObject({ limits: own.limits, budgets: [{ limit_usd: 5, window: 'day' }] });
    const theirs = (await world.send(world.root, 'GET', `/admin/keys/${id}`)).json;
    expect(budgetsOf(made)[0]?.id).not.toBe(budgetsOf(theirs)[0]?.id ?? '');
  });

  test('nor widens their own, nor takes a key over that is wider', async () => {
    const { headers, id } = await admin();
    const status = async (method: string, path: string, body: object) =>
      (await world.send(headers, method, path, body)).status;
    expect(await status('PATCH', `/admin/keys/${id}`, { limits: { rpm: 61, parallel: 4 } })).toBe(403);
    expect(await status('PATCH', `/admin/keys/${id}`, { budgets: [] })).toBe(403);
    expect(await status('PATCH', `/admin/keys/${id}`, { limits: { rpm: 6, parallel: 4 } })).toBe(200);
    expect(await status('POST', `/admin/keys/${world.keys.own.id}/rotate`, {})).toBe(403);
  });

  test('what holds for the new one anyway needs no copy', async () => {
    const team = await world.make('/admin/teams', {
      name: 'capped',
      organization_id: world.organization.id,
      ...own,
    });
    const { headers } = await world.person({ team_id: team.id, role: 'team_admin' });
    const made = await world.make('/admin/keys', { name: 'x', limits: { rpm: 1e6 } }, headers);
    expect(made.budgets).toEqual([]);
  });
});

test('a key is made, shown and listed while nobody can tell what was spent', async () => {
  const counters = {
    reserve: () => Promise.reject(new Error('gone')),
    settle: () => {},
    standing: () => Promise.reject(new Error('gone')),
  };
  const { make, send, root } = await createWorld({ counters });
  const made = await make('/admin/keys', { name: 'x', budgets: [{ limit_usd: 1, window: 'day' }] });
  expect(made.key).toMatch(/^sk-og-/);
  const unknown = [{ limit_usd: 1, spent_usd: null, reserved_usd: null, resets_at: null }];
  expect(made.budgets).toMatchObject(unknown);
  expect((await send(root, 'GET', `/admin/keys/${made.id}`)).json.budgets).toMatchObject(unknown);
  expect((await send(root, 'GET', '/admin/keys')).status).toBe(200);
});
