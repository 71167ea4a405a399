/** Each way to carry a key × each thing that can be wrong with it × every route, WebSockets too: nothing gets through. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { realtimeEndpoints, responsesPath } from '../../../src/http/socket-surfaces.ts';
import { body, model, type Route, routes } from './routes.ts';
import { type KeyStage, startKeyStage } from './stage.ts';

let stage: KeyStage;
beforeAll(async () => {
  stage = await startKeyStage();
}, 30_000);
afterAll(async () => {
  await stage.stop();
});

type Way = (key: string) => { headers?: Record<string, string>; query?: string };
const ways: Readonly<Record<string, Way>> = {
  'Authorization: Bearer': (key) => ({ headers: { authorization: `Bearer ${key}` } }),
  'x-api-key': (key) => ({ headers: { 'x-api-key': key } }),
  'api-key': (key) => ({ headers: { 'api-key': key } }),
  'x-goog-api-key': (key) => ({ headers: { 'x-goog-api-key': key } }),
  '?key=': (key) => ({ query: `key=${key}` }),
};

async function call({ method, path }: Route, way: Way, key: string): Promise<number> {
  const { headers = {}, query } = way(key);
  const response = await fetch(`${stage.gateway.url}${path}${query === undefined ? '' : `?${query}`}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body }),
  });
  await response.text();
  return response.status;
}

async function refusedEverywhere(
  key: string,
  statuses: readonly number[],
  which: readonly Route[] = routes,
): Promise<void> {
  const before = stage.reached();
  for (const way of Object.values(ways))
    for (const route of which) {
      const status = await call(route, way, key);
      if (!statuses.includes(status))
        expect({ ...route, status }).toEqual({ ...route, status: statuses[0] ?? 0 });
    }
  expect(stage.reached()).toBe(before);
}

/** Whether a WebSocket opens. */
async function opens(
  path: string,
  headers: Record<string, string>,
  protocols: string[] = [],
): Promise<boolean> {
  return await new Promise((resolve) => {
    const options = { headers, protocols } as unknown as string[];
    const socket = new WebSocket(stage.gateway.url.replace('http', 'ws') + path, options);
    socket.onopen = () => {
      socket.close();
      resolve(true);
    };
    socket.onerror = () => resolve(false);
    socket.onclose = () => resolve(false);
  });
}

async function opensNoSocket(key: string, paths: readonly string[]): Promise<void> {
  const before = stage.reached();
  for (const path of paths) {
    for (const way of Object.values(ways)) {
      const { headers = {}, query } = way(key);
      expect(
        await opens(query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`, headers),
      ).toBe(false);
    }
    expect(await opens(path, {}, ['realtime', `openai-insecure-api-key.${key}`])).toBe(false);
  }
  expect(stage.reached()).toBe(before);
}

const sockets = [responsesPath, ...realtimeEndpoints.map(({ path }) => `${path}?model=${model}`)];

describe('a key that is', () => {
  const wrong: Readonly<Record<string, [object, number]>> = {
    disabled: [{ disabled: true }, 401],
    'past its time': [{ expires_at: '2001-01-01T00:00:00Z' }, 401],
    'of another address': [{ allowed_ips: ['203.0.113.0/24', '2001:db8::/32'] }, 403],
    'of no address': [{ allowed_ips: [] }, 403],
    'of another route': [{ endpoints: ['/v1/nothing'] }, 403],
    'of no route': [{ endpoints: [] }, 403],
  };

  test.each(Object.entries(wrong))(
    '%s opens nothing',
    async (_what, [restrictions, status]) => {
      const key = await stage.key(restrictions);
      await refusedEverywhere(key, [status]);
      await opensNoSocket(key, sockets);
    },
    120_000,
  );

  test('deleted opens nothing, at once', async () => {
    const made = (await stage.admin('POST', '/admin/keys', { name: 'k' })).json;
    const bearer = ways['Authorization: Bearer'] as Way;
    expect(
      await call({ method: 'POST', path: '/v1/chat/completions', named: true }, bearer, String(made.key)),
    ).toBe(200);
    expect((await stage.admin('DELETE', `/admin/keys/${made.id}`)).status).toBe(204);
    await refusedEverywhere(String(made.key), [401]);
    await opensNoSocket(String(made.key), sockets);
  }, 120_000);

  test.each(['disabled', 'allowed_ips', 'endpoints'])(
    'held in by its %s above opens nothing',
    async (field) => {
      const value = { disabled: true, allowed_ips: ['203.0.113.1'], endpoints: ['/v1/nothing'] }[field];
      for (const kind of ['organizations', 'teams', 'users']) {
        const { json } = await stage.admin('POST', `/admin/${kind}`, { name: 'above', [field]: value });
        const key = await stage.key({ [`${kind.slice(0, -1)}_id`]: json.id });
        await refusedEverywhere(key, [401, 403], routes.slice(0, 25));
      }
    },
    120_000,
  );
});

describe('a key of other', () => {
  test.each([
    ['models', { models: ['other-*'] }],
    ['models, none at all', { models: [] }],
    ['providers', { providers: ['elsewhere'] }],
    ['models, with every route named by a wildcard', { models: ['other-*'], endpoints: ['*'] }],
  ])(
    '%s calls none of these',
    async (_what, restrictions) => {
      const key = await stage.key(restrictions);
      // A surface nobody offers is answered 404 whoever asks.
      await refusedEverywhere(
        key,
        [404, 403],
        routes.filter(({ named }) => named),
      );
      await opensNoSocket(
        key,
        sockets.filter((path) => path !== responsesPath),
      );
      const listed = (await (
        await fetch(`${stage.gateway.url}/v1/models`, { headers: { 'x-api-key': key } })
      ).json()) as {
        data: unknown[];
      };
      expect(listed.data).toEqual([]);
    },
    120_000,
  );

  test('models is told the same of one it may not use and of one that is not there', async () => {
    const key = await stage.key({ models: ['other-*'] });
    const ask = async (name: string) => {
      const response = await fetch(`${stage.gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: name, messages: [] }),
      });
      return [response.status, (await response.text()).replaceAll(name, 'NAME')];
    };
    const answers = await Promise.all([model, 'fast', 'openai/gpt-4o', 'groq/x', 'no-such-model'].map(ask));
    for (const answer of answers) expect(answer).toEqual(answers[0] ?? []);
    expect(answers[0]?.[0]).toBe(404);
  });

  test('models sends no file of requests and no model in a body of another type', async () => {
    const key = await stage.key({ models: ['other-*'], endpoints: ['*'] });
    const before = stage.reached();
    for (const path of [
      '/v1/batches',
      '/v1/files',
      '/v1/images/generations',
      '/v1/audio/speech',
      '/v1/realtime/client_secrets',
    ])
      for (const type of ['text/plain', 'application/octet-stream', 'multipart/form-data; boundary=x']) {
        const response = await fetch(stage.gateway.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': type },
          body: type.startsWith('multipart')
            ? '--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--x--\r\n'
            : body,
        });
        expect([400, 403, 404]).toContain(response.status);
      }
    expect(stage.reached()).toBe(before);
  });

  test('models reaches none through a list of further ones', async () => {
    const key = await stage.key({ models: [model] });
    const ask = async (more: object) =>
      (
        await fetch(`${stage.gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}` },
          body: JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }], ...more }),
        })
      ).status;
    expect(await ask({})).toBe(200);
    expect(await ask({ models: ['gpt-4o'] })).toBe(200);
    expect(await ask({ models: ['gpt-4o', 'o1'] })).toBe(404);
    expect(await ask({ models: [7] })).toBe(404);
  });
});

describe('a key that is good', () => {
  test.each(Object.entries(ways))('opens as %s', async (_name, way) => {
    const key = await stage.key({
      models: ['gpt-4o*'],
      providers: ['openai'],
      endpoints: ['/v1/chat/*'],
      allowed_ips: ['127.0.0.1'],
    });
    expect(await call({ method: 'POST', path: '/v1/chat/completions', named: true }, way, key)).toBe(200);
  });

  test.each(['gpt-4o', 'fast', 'openai/gpt-4o'])('of one model may name it as %s', async (name) => {
    for (const models of [['gpt-4o'], ['openai/*'], ['openai/gpt-4o']]) {
      const key = await stage.key({ models });
      const response = await fetch(`${stage.gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: name, messages: [{ role: 'user', content: 'x' }] }),
      });
      expect(response.status).toBe(200);
    }
  });

  test('stands in the log with its team, and never itself', async () => {
    const { json } = await stage.admin('POST', '/admin/teams', { name: 't' });
    const made = (await stage.admin('POST', '/admin/keys', { name: 'k', team_id: json.id })).json;
    await call(
      { method: 'POST', path: '/v1/chat/completions', named: true },
      ways['api-key'] as Way,
      String(made.key),
    );
    await Bun.sleep(200);
    expect(
      stage.gateway
        .logLines()
        .filter(({ event }) => event === 'call')
        .at(-1),
    ).toMatchObject({
      key_id: made.id,
      team_id: json.id,
    });
    expect(stage.gateway.stdout() + stage.gateway.stderr()).not.toMatch(/sk-og-(?:test-)?[A-Za-z0-9]{32}/);
  });
});
