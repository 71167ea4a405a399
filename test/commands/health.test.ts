/** `health`: 0 when the gateway is ready, 1 when it is not or does not answer, wherever it is asked. */
import { afterAll, expect, test } from 'bun:test';
import { freePort } from '../support/gateway.ts';
import { invoke } from './invoke.ts';

let ready = true;
const gateway = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== '/health/ready') return new Response('wrong path', { status: 404 });
    return Response.json({ status: ready ? 'ready' : 'draining' }, { status: ready ? 200 : 503 });
  },
});
afterAll(() => gateway.stop(true));
const url = `http://127.0.0.1:${gateway.port}`;

test.each([
  ['--url', ['--url', url], {}],
  ['--url with a slash', ['--url', `${url}/`], {}],
  ['PORT', [], { HOST: '127.0.0.1', PORT: String(gateway.port) }],
  ['PORT where it listens everywhere', [], { PORT: String(gateway.port) }],
  ['--port', ['--port', String(gateway.port)], {}],
] as [string, string[], Record<string, string>][])('finds it by %s', async (_how, args, environment) => {
  const { code, out } = await invoke(['health', ...args], { environment });
  expect([code, out]).toEqual([0, `${url}/health/ready 200 {"status":"ready"}\n`]);
});

test('a gateway that drains is not ready', async () => {
  ready = false;
  const { code, out } = await invoke(['health', '--url', url]);
  ready = true;
  expect([code, out]).toEqual([1, `${url}/health/ready 503 {"status":"draining"}\n`]);
});

test.each([
  ['where nobody listens', async () => `http://127.0.0.1:${await freePort()}`],
  ['at what is no URL', async () => 'nonsense'],
])('nobody answers %s', async (_where, urlOf) => {
  const { code, out, err } = await invoke(['health', '--url', await urlOf()]);
  expect([code, out]).toEqual([1, '']);
  expect(err).toEndWith('does not answer\n');
});
