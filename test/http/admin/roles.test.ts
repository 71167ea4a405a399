/** Who may what: every role at every route, every field, every place; and that nobody grants more than they have. */
import { describe, expect, test } from 'bun:test';
import { adminRoutes } from '../../../src/http/admin/routes.ts';
import { roles } from '../../../src/identity/role.ts';
import { createWorld } from './people.ts';

const world = await createWorld();
const { ask, send, make, person, people, keys, team, neighbour, foreign, organization, elsewhere, user } =
  world;

type Role = keyof typeof people;
const rank = (role: Role) => roles.indexOf(role);

/** The least role that may act on what stands in its own team, or, of organizations, on its own. */
const least: Readonly<Record<string, Role>> = {
  'GET /admin/me': 'member',
  'POST /admin/teams': 'organization_admin',
  'DELETE /admin/teams/:id': 'organization_admin',
  'PATCH /admin/teams/:id': 'team_admin',
  'POST /admin/organizations': 'platform_admin',
  'PATCH /admin/organizations/:id': 'organization_admin',
  'DELETE /admin/organizations/:id': 'platform_admin',
  'GET /admin/organizations/:id': 'organization_admin',
};

function leastOf({ method, path }: { method: string; path: string }): Role {
  return least[`${method} ${path}`] ?? (method === 'GET' ? 'auditor' : 'team_admin');
}

async function targetOf(path: string): Promise<string> {
  if (path === '/admin/usage') return `${path}?group_by=key`;
  if (path.includes('keys'))
    return path.replace(':id', (await make('/admin/keys', { name: 'x', team_id: team.id })).id);
  if (path.includes('users'))
    return path.replace(':id', (await make('/admin/users', { name: 'x', team_id: team.id })).id);
  return path.replace(':id', path.includes('teams') ? team.id : organization.id);
}

describe.each(roles)('%s', (role) => {
  test.each(adminRoutes)('at $method $path', async (route) => {
    const { method } = route;
    const path = await targetOf(route.path);
    const isBig = route.path.includes('organizations') || route.path === '/admin/teams';
    const body =
      method === 'GET' || method === 'DELETE'
        ? undefined
        : route.action === 'rotate'
          ? {}
          : { name: 'n', ...(method === 'POST' && !isBig && { team_id: team.id }) };
    // An auditor of a team sees no organization; an empty list is no secret.
    const { status } = await send(people[role].headers, method, path, body);
    const may = rank(role) >= rank(leastOf(route));
    if (may) expect([200, 201, 204, 409]).toContain(status);
    else expect([403, 404]).toContain(status);
  });

  test.each(['keys', 'teams', 'users', 'organizations'])(
    'sees in %s what it reaches, and nothing else',
    async (what) => {
      const { status, json } = await send(people[role].headers, 'GET', `/admin/${what}?limit=100`);
      if (role === 'member') return expect(status).toBe(403);
      const seen = new Set((json.data as { id: string }[]).map(({ id }) => id));
      const everything = role === 'platform_admin';
      const wide = everything || role === 'organization_admin';
      const expected: [string, boolean][] = {
        keys: [
          [keys.own.id, true],
          [keys.neighbour.id, wide],
          [keys.foreign.id, everything],
          [keys.placeless.id, everything],
        ],
        teams: [
          [team.id, true],
          [neighbour.id, wide],
          [foreign.id, everything],
        ],
        users: [[user.id, true]],
        organizations: [
          [organization.id, wide],
          [elsewhere.id, everything],
        ],
      }[what] as [string, boolean][];
      for (const [id, visible] of expected) expect({ id, visible: seen.has(id) }).toEqual({ id, visible });
    },
  );

  test.each(['neighbour', 'foreign', 'placeless'] as const)(
    'cannot tell a key of %s from none',
    async (where) => {
      if (
        role === 'platform_admin' ||
        (role === 'organization_admin' && where === 'neighbour') ||
        role === 'member'
      )
        return;
      const absent = `key_${'0'.repeat(32)}`;
      for (const [method, suffix, body] of [
        ['GET', '', undefined],
        ['PATCH', '', { name: 'mine' }],
        ['DELETE', '', undefined],
        ['POST', '/rotate', {}],
      ] as const) {
        if (role === 'auditor' && method !== 'GET') continue;
        const { id } = keys[where];
        const [there, not] = await Promise.all(
          [id, absent].map((key) => send(people[role].headers, method, `/admin/keys/${key}${suffix}`, body)),
        );
        expect(there?.status).toBe(404);
        const words = (answer: typeof there, key: string) =>
          JSON.stringify(answer?.json).replaceAll(key, 'ID');
        expect(words(there, id)).toBe(words(not, absent));
      }
    },
  );

  test.each(roles)('grants %s only if it has it', async (granted) => {
    const place =
      granted === 'platform_admin' ? { team_id: null, organization_id: null } : { team_id: team.id };
    for (const path of ['/admin/keys', '/admin/users']) {
      const { status } = await send(people[role].headers, 'POST', path, {
        name: 'x',
        role: granted,
        ...place,
      });
      const may = rank(role) >= rank('team_admin') && rank(role) >= rank(granted);
      expect({ path, status }).toEqual({ path, status: may ? 201 : 403 });
    }
    const { id } = await make('/admin/keys', { name: 'x', team_id: team.id });
    const raised = await send(people[role].headers, 'PATCH', `/admin/keys/${id}`, { role: granted });
    const may =
      rank(role) >= rank('team_admin') && rank(role) >= rank(granted) && granted !== 'platform_admin';
    expect(raised.status === 200).toBe(may);
  });

  test('makes nothing beyond its reach', async () => {
    if (role === 'platform_admin') return;
    for (const place of [
      { team_id: foreign.id },
      { organization_id: elsewhere.id },
      { team_id: null, organization_id: null },
    ])
      for (const path of ['/admin/keys', '/admin/users', '/admin/teams']) {
        if (path === '/admin/teams' && 'team_id' in place) continue;
        const { status } = await send(people[role].headers, 'POST', path, { name: 'x', ...place });
        expect([400, 403]).toContain(status);
      }
  });

  test('lays no hand on those above it', async () => {
    for (const above of roles.filter((other) => rank(other) > rank(role) && other !== 'auditor')) {
      const target = `/admin/keys/${people[above].id}`;
      for (const [method, path, body] of [
        ['PATCH', target, { disabled: true }],
        ['POST', `${target}/rotate`, {}],
        ['DELETE', target, undefined],
      ] as const)
        expect([403, 404]).toContain((await send(people[role].headers, method, path, body)).status);
      expect((await ask('GET', '/admin/me', people[above].headers)).status).toBe(200);
    }
  });
});

describe('what holds a team in', () => {
  const restrictions = {
    models: ['a'],
    providers: ['p'],
    endpoints: ['/v1/x'],
    allowed_ips: ['10.0.0.1'],
    disabled: true,
  };
  test.each(Object.entries(restrictions))('%s is set from above', async (field, value) => {
    const fresh = await make('/admin/teams', { name: 'held', organization_id: organization.id });
    const inside = await person({ team_id: fresh.id, role: 'team_admin' });
    const change = { [field]: value };
    expect((await send(inside.headers, 'PATCH', `/admin/teams/${fresh.id}`, change)).status).toBe(403);
    expect(
      (await send(people.organization_admin.headers, 'PATCH', `/admin/teams/${fresh.id}`, change)).status,
    ).toBe(200);
    const own = `/admin/organizations/${organization.id}`;
    expect((await send(people.organization_admin.headers, 'PATCH', own, change)).status).toBe(403);
  });
});

describe('nobody grants more than they have', () => {
  const bounds = {
    models: {
      own: ['gpt-4*'],
      narrower: ['gpt-4o', 'gpt-4-*'],
      wider: [['gpt-*'], ['*'], null, ['gpt-4o', 'claude']],
    },
    providers: { own: ['p'], narrower: ['p'], wider: [['*'], null, ['p', 'q']] },
    endpoints: {
      own: ['/admin/*', '/v1/chat/*'],
      narrower: ['/v1/chat/completions'],
      wider: [['/v1/*'], null],
    },
    allowed_ips: {
      own: ['10.0.0.0/8', '2001:db8::/32'],
      narrower: ['10.2.0.0/16', '::ffff:10.3.0.0/112', '2001:db8:1::/48'],
      wider: [['0.0.0.0/0'], ['10.0.0.0/7'], null, ['11.0.0.1'], ['2001:db8::/31'], ['::/0']],
    },
    expires_at: {
      own: '2090-01-01T00:00:00Z',
      narrower: '2089-12-31T23:59:59Z',
      wider: ['2090-01-01T00:00:01Z', null, '2090-01-01T00:00:00-01:00'],
    },
  };

  test.each(Object.entries(bounds))('of %s', async (field, { own, narrower, wider }) => {
    const admin = await person({ team_id: team.id, role: 'team_admin', [field]: own });
    world.comeFrom('10.1.1.1');
    const create = (extra: object) => send(admin.headers, 'POST', '/admin/keys', { name: 'child', ...extra });
    const inherited = await create({});
    const same = (value: unknown) => (field === 'expires_at' ? new Date(String(value)).getTime() : value);
    expect([inherited.status, same(inherited.json[field])]).toEqual([201, same(own)]);
    expect((await create({ [field]: narrower })).status).toBe(201);
    for (const value of wider) {
      expect(await create({ [field]: value })).toMatchObject({
        status: 403,
        json: { error: { param: field } },
      });
      for (const id of [inherited.json.id, admin.id])
        expect((await send(admin.headers, 'PATCH', `/admin/keys/${id}`, { [field]: value })).status).toBe(
          403,
        );
    }
    // A wider key of the same team must not be taken over by giving it a new text.
    const wide = await make('/admin/keys', { name: 'wide', team_id: team.id });
    expect((await send(admin.headers, 'POST', `/admin/keys/${wide.id}/rotate`, {})).status).toBe(403);
    expect((await send(admin.headers, 'POST', `/admin/keys/${inherited.json.id}/rotate`, {})).status).toBe(
      200,
    );
    expect((await send(admin.headers, 'POST', `/admin/keys/${admin.id}/rotate`, {})).status).toBe(200);
    world.comeFrom(undefined);
  });

  test('nor by way of their user, whose restrictions the child would not have', async () => {
    const boss = await make('/admin/users', {
      name: 'boss',
      team_id: team.id,
      role: 'team_admin',
      models: ['small'],
    });
    const admin = await person({ user_id: boss.id, role: 'team_admin' });
    const child = await send(admin.headers, 'POST', '/admin/keys', { name: 'child' });
    expect([child.status, child.json.models]).toEqual([201, ['small']]);
    const wide = await send(admin.headers, 'POST', '/admin/keys', { name: 'child', models: null });
    expect(wide.status).toBe(403);
    const own = await send(admin.headers, 'PATCH', `/admin/users/${boss.id}`, { models: null });
    expect(own.status).toBe(403);
  });
});

describe('a key of a user', () => {
  test('has no higher role than its user, now or later', async () => {
    const one = await make('/admin/users', { name: 'one', team_id: team.id, role: 'team_admin' });
    const admin = await person({ user_id: one.id, role: 'team_admin' });
    expect((await send(admin.headers, 'GET', '/admin/keys')).status).toBe(200);
    expect((await send(world.root, 'PATCH', `/admin/users/${one.id}`, { role: 'member' })).status).toBe(200);
    expect((await send(admin.headers, 'GET', '/admin/keys')).status).toBe(403);
    expect((await send(admin.headers, 'GET', '/admin/me')).json.role).toBe('member');
    const above = { name: 'x', user_id: one.id, role: 'team_admin' };
    expect((await send(world.root, 'POST', '/admin/keys', above)).status).toBe(400);
    expect((await send(world.root, 'PATCH', `/admin/keys/${admin.id}`, { role: 'auditor' })).status).toBe(
      400,
    );
  });

  test('is gone with its user', async () => {
    const one = await make('/admin/users', { name: 'one', team_id: team.id });
    const key = await person({ user_id: one.id });
    expect((await send(key.headers, 'GET', '/admin/me')).status).toBe(200);
    expect((await send(world.root, 'DELETE', `/admin/users/${one.id}`)).status).toBe(204);
    expect((await send(key.headers, 'GET', '/admin/me')).status).toBe(401);
    expect((await send(world.root, 'GET', `/admin/keys/${key.id}`)).status).toBe(404);
  });
});
