/** Addresses behind a proxy: asked for there, and nowhere else. */
import { afterAll, expect, test } from 'bun:test';
import { HttpClient } from '../../../src/upstream/http1/client.ts';
import { fetchThrough } from '../../support/fetch-through.ts';

const seen: string[] = [];
const proxy = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request) {
    seen.push(`${request.method} ${request.url}`);
    return new Response('from the proxy');
  },
});
const direct = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('direct') });
afterAll(async () => {
  await proxy.stop(true);
  await direct.stop(true);
});

const environment = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: '127.0.0.1' };
const ask = fetchThrough(new HttpClient({ environment }));

test('what has a proxy goes there by its whole address', async () => {
  const response = await ask('http://upstream.invalid/v1/chat?x=1', {
    method: 'POST',
    headers: {},
    body: '{}',
  });
  expect([response.status, await response.text()]).toEqual([200, 'from the proxy']);
  expect(seen).toEqual(['POST http://upstream.invalid/v1/chat?x=1']);
});

test('what is exempt does not', async () => {
  const before = seen.length;
  const response = await ask(`http://127.0.0.1:${direct.port}/`, { method: 'GET', headers: {} });
  expect(await response.text()).toBe('direct');
  expect(seen.length).toBe(before);
});
