/** Odd Host headers and odd spellings of paths: no combination reaches a route that the plain spelling would not. */
import { expect, test } from 'bun:test';
import { eachChaosMode } from './fault-suite.ts';
import { chatBody, chatPath, errorOf, raw } from './raw-request.ts';

const properHosts = [
  'x',
  'a.b',
  'localhost',
  '127.0.0.1:8787',
  '[::1]:8787',
  'UPPER.example',
  'xn--bcher-kva.example',
];
const malformedHosts = [
  'a b',
  '',
  'a/b',
  'a/v1/x',
  'user@x',
  'x?y',
  'x#y',
  'x\\y',
  '[::1',
  'a,b',
  'x:port',
  'x:99999',
  'a%00b',
  'a<b',
];

/** Every one names, to some reader, a path that needs a key. */
const targets = [
  '/v1/models',
  '/v1/models/',
  '/V1/models',
  '//v1/models',
  '/v1//models',
  '/./v1/models',
  '/x/../v1/models',
  '/x/%2e%2e/v1/models',
  '/health/../v1/models',
  '/health/%2e%2e/v1/models',
  '/health/..%2fv1/models',
  '/docs/..;/v1/models',
  '/x/v1/models',
  '/inside/v1/models',
  '/%76%31/models',
  '/v1%2fmodels',
  '/v1/models%2f',
  '/v1/models%00',
  '/v1/models;a=b',
  '/v1\\models',
  '/v1/models?/health',
  '/v1/models#/health',
  'http://evil.example/v1/models',
  'http://evil.example/health/../v1/models',
  'https://user@evil.example:1/v1/models',
  '/v1/models/local%2fnormal',
  '/v1/models/..%2f..%2fhealth',
];
const listing = /"object" ?: ?"(list|model)"/;

eachChaosMode('the path of a request', {}, (stage) => {
  const port = () => stage().gateway.port;

  test.each(malformedHosts)('is not even looked for under Host %j', async (host) => {
    for (const target of ['/health', '/v1/models', '/inside/v1/models', '/docs', '/metrics', '/nowhere']) {
      const reply = await raw(port(), { target, host: [`Host: ${host}`] });
      expect({ target, status: reply.status }).toEqual({ target, status: 400 });
      expect(errorOf(reply)).toMatchObject({ code: 'invalid_host' });
    }
  });

  test.each([
    ['two hosts', ['Host: one', 'Host: two']],
    ['the same host twice', ['Host: one', 'Host: one']],
    ['no host', []],
  ])('is not looked for with %s', async (_what, host) => {
    for (const target of ['/health', '/v1/models'])
      expect((await raw(port(), { target, host })).status).toBe(400);
  });

  test.each(properHosts)('never opens without a key under Host %s', async (host) => {
    for (const target of targets) {
      const reply = await raw(port(), { target, host: [`Host: ${host}`], credentials: [] });
      expect({ target, refused: [400, 401, 404].includes(reply.status) }).toEqual({ target, refused: true });
      expect(reply.body).not.toMatch(listing);
    }
  });

  test('is the same under every Host', async () => {
    for (const target of targets) {
      const statuses = new Set<number>();
      for (const host of properHosts)
        statuses.add((await raw(port(), { target, host: [`Host: ${host}`] })).status);
      expect({ target, count: statuses.size }).toEqual({ target, count: 1 });
    }
  });

  test('decides before anything is sent upstream', async () => {
    const before = stage().upstream.played.length;
    for (const host of [...properHosts, ...malformedHosts])
      for (const target of [
        chatPath,
        `/x${chatPath}`,
        `/health/..${chatPath}`,
        `http://evil.example${chatPath}`,
      ]) {
        const request = {
          method: 'POST',
          target,
          host: [`Host: ${host}`],
          credentials: [],
          body: chatBody(),
        };
        expect([400, 401, 404]).toContain((await raw(port(), request)).status);
      }
    expect(stage().upstream.played.length).toBe(before);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'answers %s with an error',
    async (method) => {
      const reply = await raw(port(), { method, target: chatPath });
      expect([400, 404, 405, 501]).toContain(reply.status);
      expect(reply.body).not.toContain('Bearer');
    },
  );
});
