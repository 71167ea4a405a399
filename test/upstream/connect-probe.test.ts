/** The bare connection that tells a slow server from one that cannot be reached. */
import { afterAll, expect, test } from 'bun:test';
import { canConnect } from '../../src/upstream/connect-probe.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/gateway.ts';
import { startTcpUpstream } from '../support/tcp-upstream.ts';

const upstream = await startTcpUpstream(() => {});
afterAll(() => upstream.stop());

test('a port that listens can be reached, whatever the path, and is let go again', async () => {
  for (const path of ['', '/v1', '/v1?x=y'])
    expect(await canConnect(`http://127.0.0.1:${upstream.port}${path}`, 5000)).toBe(true);
  expect(await canConnect(`https://localhost:${upstream.port}/`, 5000)).toBe(true);
  await eventually(() => upstream.open() === 0, 'the probes are closed');
});

test.each([
  ['a port where nobody listens', async () => `http://127.0.0.1:${await freePort()}/`],
  ['a port where nobody listens, over IPv6', async () => `http://[::1]:${await freePort()}/`],
  ['a name that nobody has', async () => 'http://nowhere.invalid/'],
])('%s cannot be reached', async (_what, urlOf) => {
  expect(await canConnect(await urlOf(), 5000)).toBe(false);
});
