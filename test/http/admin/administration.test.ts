/** The administration as a client meets it: forms, pages, versions, repeats, and what is refused with which words. */
import { describe, expect, test } from 'bun:test';
import { adminRoutes } from '../../../src/http/admin/routes.ts';
import { defaultRootKey } from '../../../src/identity/root-key.ts';
import { carrying, createWorld, type Json } from './people.ts';

const world = await createWorld();
const { ask, send, make, root, team } = world;

describe('a new key', () => {
  test('is shown once, in its form, and opens at once', async () => {
    const made = await make('/admin/keys', { name: 'k' });
    expect(made.id).toMatch(/^key_[0-9a-f]{32}$/);
    expect(made.key).toMatch(/^sk-og-[A-Za-z0-9]{32}$/);
    expect(made.hint).toBe(`sk-og-…${String(made.key).slice(-4)}`);
    expect((await send(carrying(String(made.key)), 'GET', '/admin/me')).json.id).toBe(made.id);
    for (const path of [`/admin/keys/${made.id}`, '/admin/keys', '/admin/me'])
      expect(JSON.stringify((await send(root, 'GET', path)).json)).not.toContain(String(made.key));
  });

  test('may be a test key, and stays one', async () => {
    const made = await make('/admin/keys', { name: 'k', test: true });
    expect(made.key).toMatch(/^sk-og-test-[A-Za-z0-9]{32}$/);
    const { json } = await send(root, 'POST', `/admin/keys/${made.id}/rotate`);
    expect(json.key).toMatch(/^sk-og-test-/);
  });

  test('says all of itself', async () => {
    const { key: _, ...made } = await make('/admin/keys', {
      name: 'k',
      team_id: team.id,
      models: ['a'],
      metadata: { a: 'b' },
      tags: ['t'],
      expires_at: '2031-02-28T10:00:00+02:00',
    });
    expect(made).toMatchObject({
      models: ['a'],
      metadata: { a: 'b' },
      tags: ['t'],
      expires_at: '2031-02-28T08:00:00.000Z',
    });
    expect(made).toMatchObject({
      limits: null,
      budgets: [],
      disabled: false,
      role: 'member',
      team_id: team.id,
    });
    expect((await send(root, 'GET', `/admin/keys/${made.id}`)).json).toEqual(made as Json);
  });
});

test.each([
  [{}, 'missing_required_parameter', 'name'],
  [{ name: 5 }, 'invalid_type', 'name'],
  [{ name: '' }, 'invalid_value', 'name'],
  [{ name: 'x'.repeat(201) }, 'invalid_value', 'name'],
  [{ name: 'x', colour: 'red' }, 'unknown_parameter', 'colour'],
  [{ name: 'x', id: `key_${'0'.repeat(32)}` }, 'unknown_parameter', 'id'],
  [{ name: 'x', version: 7 }, 'unknown_parameter', 'version'],
  [{ name: 'x', deleted_at: null }, 'unknown_parameter', 'deleted_at'],
  [{ name: 'x', hint: 'y' }, 'unknown_parameter', 'hint'],
  [{ name: 'x', createdAtMs: 1 }, 'unknown_parameter', 'createdAtMs'],
  [{ name: 'x', allowedIps: null }, 'unknown_parameter', 'allowedIps'],
  [{ name: 'x', models: 'gpt' }, 'invalid_type', 'models'],
  [{ name: 'x', models: [''] }, 'invalid_value', 'models[0]'],
  [{ name: 'x', models: Array(257).fill('a') }, 'invalid_value', 'models'],
  [{ name: 'x', allowed_ips: ['10.0.0.0/33'] }, 'invalid_value', 'allowed_ips[0]'],
  [{ name: 'x', allowed_ips: ['::1', '010.0.0.1'] }, 'invalid_value', 'allowed_ips[1]'],
  [{ name: 'x', expires_at: 'tomorrow' }, 'invalid_value', 'expires_at'],
  [{ name: 'x', expires_at: '2030-01-01' }, 'invalid_value', 'expires_at'],
  [{ name: 'x', expires_at: '2030-02-30T00:00:00Z' }, 'invalid_value', 'expires_at'],
  [{ name: 'x', expires_at: 1893456000 }, 'invalid_type', 'expires_at'],
  [{ name: 'x', role: 'root' }, 'invalid_value', 'role'],
  [{ name: 'x', metadata: { a: 1 } }, 'invalid_type', 'metadata.a'],
  [{ name: 'x', tags: {} }, 'invalid_type', 'tags'],
  [{ name: 'x', team_id: 'team_1' }, 'invalid_value', 'team_id'],
  [{ name: 'x', team_id: "' OR 1=1 --" }, 'invalid_value', 'team_id'],
  [{ name: 'x', user_id: `team_${'0'.repeat(32)}` }, 'invalid_value', 'user_id'],
] as [object, string, string][])('%j is refused: %s %s', async (body, code, param) => {
  expect(await send(root, 'POST', '/admin/keys', body)).toMatchObject({
    status: 400,
    json: { error: { code, param } },
  });
});

test.each([
  '',
  '[]',
  'null',
  '{"name":"a","name":"b"}',
  '{"__proto__":{"role":"platform_admin"},"name":"x"}',
  '{"name":"x","constructor":{}}',
  '{',
  '\ud800',
])('a body of %j is refused', async (body) => {
  expect((await send(root, 'POST', '/admin/keys', body)).status).toBe(400);
});

test('a prototype in metadata is a word like any other', async () => {
  const made = await send(
    root,
    'POST',
    '/admin/keys',
    '{"name":"x","metadata":{"__proto__":"p","constructor":"c"}}',
  );
  expect(made.status).toBe(201);
  const { json } = await send(root, 'GET', `/admin/keys/${made.json.id}`);
  expect(JSON.stringify(json.metadata)).toBe('{"__proto__":"p","constructor":"c"}');
  expect(({} as Record<string, unknown>).p).toBeUndefined();
});

describe('ids', () => {
  const bad = [
    '..',
    '..%2fkeys',
    '%2e%2e',
    '%00',
    '*',
    '%25',
    "' OR '1'='1",
    'key_',
    `key_${'0'.repeat(31)}`,
    `key_${'G'.repeat(32)}`,
    `team_${'0'.repeat(32)}`,
    '__proto__',
    'constructor',
    'null',
    'k'.repeat(5000),
  ];
  test.each(bad)('%p is nobody’s', async (id) => {
    for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const) {
      const response = await ask(method, `/admin/keys/${id}`, root, body);
      expect([404, 405]).toContain(response.status);
      expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    }
  });
});

describe('lists', () => {
  test('come in pages, the youngest first, each once', async () => {
    const inside = await make('/admin/teams', { name: 'crowd' });
    const ids: string[] = [];
    for (let at = 0; at < 7; at++)
      ids.unshift((await make('/admin/keys', { name: 'k', team_id: inside.id })).id);
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 10; pages++) {
      const { json } = await send(root, 'GET', `/admin/keys?team_id=${inside.id}&limit=3${cursor}`);
      seen.push(...(json.data as Json[]).map(({ id }) => id));
      if (json.next_cursor === null) break;
      cursor = `&cursor=${String(json.next_cursor)}`;
    }
    expect(seen).toEqual(ids);
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=1e1',
    'limit=-1',
    'limit=%20',
    'cursor=x',
    'cursor=%27',
    'team_id=x',
    'colour=red',
    'limit=1&limit=2',
    'organization_id=__proto__',
  ])('%s is refused', async (query) => {
    expect((await send(root, 'GET', `/admin/keys?${query}`)).status).toBe(400);
  });
});

describe('a version', () => {
  test('holds a change back that was meant for another', async () => {
    const { id } = await make('/admin/teams', { name: 'v' });
    const path = `/admin/teams/${id}`;
    const shown = await ask('GET', path, root);
    expect(shown.headers.get('etag')).toBe('"1"');
    const change = (match: string) => ask('PATCH', path, { ...root, 'if-match': match }, { name: 'w' });
    expect((await change('"2"')).status).toBe(412);
    expect((await change('W/"1"')).status).toBe(412);
    expect((await change('1')).status).toBe(412);
    expect((await change('"1"')).headers.get('etag')).toBe('"2"');
    expect((await change('"7", "2"')).headers.get('etag')).toBe('"3"');
    expect((await change('*')).status).toBe(200);
    expect((await ask('DELETE', path, { ...root, 'if-match': '"1"' })).status).toBe(412);
    expect((await ask('DELETE', path, { ...root, 'if-match': '"4"' })).status).toBe(204);
  });

  test('lets one of many changes at a time through, and loses none', async () => {
    const { id } = await make('/admin/teams', { name: 'v' });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        ask('PATCH', `/admin/teams/${id}`, { ...root, 'if-match': '"1"' }, { name: `n${at}` }),
      ),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 409 || status === 412)).toHaveLength(19);
  });
});

describe('an Idempotency-Key', () => {
  const again = (key: string, body: object, path = '/admin/keys', who = root) =>
    ask('POST', path, { ...who, 'idempotency-key': key }, body);

  test('makes one of a request that is sent twice, also at the same time', async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => again('one', { name: 'once' })));
    const texts = new Set(await Promise.all(replies.map((reply) => reply.text())));
    expect(texts.size).toBe(1);
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(201));
    const later = await again('one', { name: 'once' });
    expect([await later.text(), later.headers.get('idempotent-replayed')]).toEqual([
      [...texts][0] ?? '',
      'true',
    ]);
  });

  test('is the sender’s own, and the path’s', async () => {
    const first = (await (await again('two', { name: 'a' })).json()) as Json;
    const asAnother = (await (
      await again('two', { name: 'a' }, '/admin/keys', world.people.platform_admin.headers)
    ).json()) as Json;
    const elsewhere = (await (await again('two', { name: 'a' }, '/admin/teams')).json()) as Json;
    expect(new Set([first.id, asAnother.id, elsewhere.id]).size).toBe(3);
  });

  test('with another body is refused', async () => {
    expect((await again('three', { name: 'a' })).status).toBe(201);
    expect((await again('three', { name: 'b' })).status).toBe(422);
  });

  test('also of a rotation: the second gets the same new key', async () => {
    const { id } = await make('/admin/keys', { name: 'k' });
    const [a, b] = [
      await again('four', {}, `/admin/keys/${id}/rotate`),
      await again('four', {}, `/admin/keys/${id}/rotate`),
    ];
    expect(await a.text()).toBe(await b.text());
  });

  test.each(['', ' ', 'a b', 'é', 'x'.repeat(256)])('of %p is none', async (key) => {
    const { status } = await again(key, { name: 'x' });
    expect(status).toBe(400);
  });

  test('keeps no key that could be read', async () => {
    const { key } = (await (await again('five', { name: 'secret' })).json()) as Json;
    const tables = ['keys', 'key_secrets', 'kept_replies', 'facts'];
    const found = await Promise.all(tables.map((table) => world.place.ask(`SELECT * FROM ${table}`)));
    const texts = found.map((rows) => JSON.stringify(rows));
    expect(texts.join('')).toContain('sk-og-…');
    for (const text of texts) expect(text).not.toContain(String(key).slice(6));
  });
});

describe('a rotation', () => {
  test('ends the former text at once, or after its grace', async () => {
    const made = await make('/admin/keys', { name: 'k' });
    const former = carrying(String(made.key));
    const { json } = await send(root, 'POST', `/admin/keys/${made.id}/rotate`, { grace_seconds: 3600 });
    for (const text of [former, carrying(String(json.key))])
      expect((await ask('GET', '/admin/me', text)).status).toBe(200);
    await send(root, 'POST', `/admin/keys/${made.id}/rotate`, {});
    for (const text of [former, carrying(String(json.key))])
      expect((await ask('GET', '/admin/me', text)).status).toBe(401);
  });

  test.each([-1, 1.5, '60', 10 ** 9])('with a grace of %p is refused', async (grace) => {
    const { id } = await make('/admin/keys', { name: 'k' });
    expect((await send(root, 'POST', `/admin/keys/${id}/rotate`, { grace_seconds: grace })).status).toBe(400);
  });
});

test('what others belong to is not deleted before them', async () => {
  const organization = await make('/admin/organizations', { name: 'o' });
  const inside = await make('/admin/teams', { name: 't', organization_id: organization.id });
  const user = await make('/admin/users', { name: 'u', team_id: inside.id });
  const paths = [`/admin/organizations/${organization.id}`, `/admin/teams/${inside.id}`];
  for (const path of paths) expect((await send(root, 'DELETE', path)).status).toBe(409);
  for (const path of [`/admin/users/${user.id}`, ...paths.reverse()])
    expect((await send(root, 'DELETE', path)).status).toBe(204);
});

describe('who is not known', () => {
  const every = adminRoutes.map(
    ({ method, path }) => [method, path.replace(':id', world.keys.own.id)] as const,
  );

  test.each(every)('may not %s %s', async (method, path) => {
    const body = method === 'GET' || method === 'DELETE' ? undefined : { name: 'x' };
    for (const who of [{}, carrying('sk-wrong'), carrying(`sk-og-${'a'.repeat(32)}`)]) {
      const { status, json } = await send(who as Record<string, string>, method, path, body);
      expect([status, (json.error as Json).code]).toEqual([401, 'invalid_api_key']);
    }
  });

  test('may not administer where no key is required either', async () => {
    const open = await createWorld({ requireAuth: false });
    for (const who of [{}, carrying('sk-wrong')] as Record<string, string>[])
      for (const [method, path] of every)
        expect(
          (await open.send(who, method, path, method === 'GET' ? undefined : { name: 'x' })).status,
        ).toBe(401);
  });

  test('nothing is administered from elsewhere with the published root key', async () => {
    const local = await createWorld({ rootKey: defaultRootKey, isLocal: true });
    const admin = local.people.platform_admin.headers;
    expect((await local.send(admin, 'GET', '/admin/keys')).status).toBe(200);
    local.comeFromElsewhere();
    for (const who of [local.root, admin, local.people.team_admin.headers])
      for (const [method, path] of every)
        expect(
          await local.send(who, method, path, method === 'GET' ? undefined : { name: 'x' }),
        ).toMatchObject({
          status: 401,
          json: { error: { code: 'root_key_local_only' } },
        });
  });
});

test('a key bound to certain routes is bound there in administration, too', async () => {
  const { key } = await make('/admin/keys', {
    name: 'k',
    role: 'platform_admin',
    endpoints: ['/v1/*', '/admin/keys'],
  });
  const who = carrying(String(key));
  expect((await send(who, 'GET', '/admin/keys')).status).toBe(200);
  for (const path of ['/admin/teams', '/admin/me', `/admin/keys/${world.keys.own.id}`])
    expect(await send(who, 'GET', path)).toMatchObject({
      status: 403,
      json: { error: { code: 'endpoint_not_allowed' } },
    });
});
