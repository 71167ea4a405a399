/** How Elysia finds the path of a request when the Host header is short, and what a malformed Host does to the URL. */
import { afterAll, describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { exchange } from '../support/raw-connection.ts';

interface Shape {
  systemRouter?: boolean;
  handler?: { standardHostname: boolean };
}

function serve(shape: Shape) {
  const app = new Elysia(shape)
    .get('/admin/keys', ({ request }) => `admin ${request.url}`)
    .get('/v1/models', ({ request }) => `models ${request.url}`)
    .listen({ port: 0, hostname: '127.0.0.1' });
  const port = Number(app.server?.url.port);
  return {
    stop: () => app.stop(true),
    get: async (path: string, host: string) => {
      const request = `GET ${path} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
      const { status, body } = await exchange(port, request);
      return status === 200 ? body : status;
    },
  };
}

const plain = serve({});
const cured = serve({ handler: { standardHostname: false } });
const ownRouter = serve({ systemRouter: false });
afterAll(async () => {
  for (const app of [plain, cured, ownRouter]) await app.stop();
});

describe('a Host header shorter than Elysia expects', () => {
  test('lets an unregistered path reach another route', async () => {
    expect(await plain.get('/v1/admin/keys', 'Host: x\r\n')).toBe('admin http://x/v1/admin/keys');
  });
  test('is harmless with standardHostname: false', async () => {
    expect(await cured.get('/v1/admin/keys', 'Host: x\r\n')).toBe(404);
  });
  test('does not disturb a registered path, which the router of Bun itself finds', async () => {
    expect(await plain.get('/v1/models', 'Host: x\r\n')).toBe('models http://x/v1/models');
  });
  test('hides a registered path from the router of Elysia', async () => {
    expect(await ownRouter.get('/v1/models', 'Host: x\r\n')).toBe(404);
  });
});

describe('a malformed Host header', () => {
  for (const host of ['a b', '', 'a/b', 'u@x', 'x?y', 'x#y'])
    test(`${JSON.stringify(host)} makes the request's URL relative`, async () => {
      expect(await cured.get('/v1/models', `Host: ${host}\r\n`)).toBe('models /v1/models');
    });
  test('a relative URL makes even the cured path finding skip the first segment', async () => {
    expect(await cured.get('/nested/admin/keys', 'Host: a b\r\n')).toBe('admin /nested/admin/keys');
  });
  test('an open bracket makes a URL that does not parse', async () => {
    expect(await cured.get('/v1/models', 'Host: [::1\r\n')).toBe('models http://[::1/v1/models');
    expect(URL.canParse('http://[::1/v1/models')).toBe(false);
  });
  test('none at all is refused by Bun', async () => {
    expect(await cured.get('/v1/models', '')).toBe(400);
  });
  test('of two the URL takes the first', async () => {
    expect(await cured.get('/v1/models', 'Host: abc\r\nHost: def\r\n')).toBe('models http://abc/v1/models');
  });
});

describe('the request target', () => {
  test('in absolute form is routed by its path; the host is the header’s', async () => {
    expect(await cured.get('http://evil.example/v1/models', 'Host: abc\r\n')).toBe(
      'models http://abc/v1/models',
    );
  });
  for (const path of ['/x/../admin/keys', '/x/%2e%2e/admin/keys', '/x/%2E./admin/keys'])
    test(`${path} is folded before it is routed`, async () => {
      expect(await cured.get(path, 'Host: abc\r\n')).toBe('admin http://abc/admin/keys');
    });
  for (const path of ['//admin/keys', '/admin//keys', '/admin/keys%2f', '/admin%2fkeys'])
    test(`${path} is another path`, async () => {
      expect(await cured.get(path, 'Host: abc\r\n')).toBe(404);
    });
  for (const path of ['*', 'admin/keys'])
    test(`${path} is refused by Bun`, async () => {
      expect(await cured.get(path, 'Host: abc\r\n')).toBe(400);
    });
});
