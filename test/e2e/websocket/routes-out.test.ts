/** Other ways out to a realtime upstream: over TLS, and through a proxy. */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { freePort, rootKey } from '../../support/gateway.ts';
import { exchange } from '../../support/raw-connection.ts';
import { handshake } from '../../support/raw-websocket.ts';
import { type RealtimeUpstream, startRealtimeUpstream } from '../../support/realtime-upstream.ts';
import { startSocketStage } from '../../support/socket-stage.ts';
import { opensslIsPresent, startTlsFront } from '../../support/tls-front.ts';

setDefaultTimeout(30_000);
const stops: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

if (!opensslIsPresent) process.stderr.write('skipped, realtime over TLS: there is no openssl\n');

/** The same provider, at an upstream whose certificate is the maker's own. */
async function behindTls(): Promise<{ upstream: RealtimeUpstream; certificate: string }> {
  const front = startTlsFront('http://127.0.0.1:9');
  const read = (name: string) => readFileSync(join(dirname(front.certificate), name), 'utf8');
  const upstream = startRealtimeUpstream({
    key: read('key.pem'),
    cert: readFileSync(front.certificate, 'utf8'),
  });
  stops.push(
    () => upstream.stop(),
    () => front.stop(),
  );
  return { upstream, certificate: front.certificate };
}

test.skipIf(!opensslIsPresent)('over TLS with a certificate that is trusted', async () => {
  const { upstream, certificate } = await behindTls();
  const stage = await startSocketStage({ OPENAI_BASE_URL: upstream.url, NODE_EXTRA_CA_CERTS: certificate });
  stops.push(() => stage.stop());
  const client = await stage.open('/v1/realtime?model=gpt-echo');
  client.socket.send('sealed');
  expect(await client.message(0)).toBe('sealed');
  await client.close();
});

test.skipIf(!opensslIsPresent)('not over TLS with one that is not', async () => {
  const { upstream } = await behindTls();
  const stage = await startSocketStage({ OPENAI_BASE_URL: upstream.url });
  stops.push(() => stage.stop());
  const lines = { Authorization: `Bearer ${rootKey}`, Connection: 'Upgrade, close' };
  const { status, body } = await exchange(
    stage.gateway.port,
    handshake('/v1/realtime?model=gpt-echo', lines),
  );
  expect([status, JSON.parse(body).error.code]).toEqual([502, 'upstream_unreachable']);
  expect(upstream.calls).toHaveLength(0);
});

test('through the proxy of the environment', async () => {
  const asked: string[] = [];
  const port = await freePort();
  const proxy = createServer((client) => {
    client.on('error', () => {});
    client.once('data', (bytes: Buffer) => {
      const line = bytes.toString().split('\r\n')[0] ?? '';
      asked.push(line);
      const [, host = '', to = ''] = /^CONNECT ([^:]+):(\d+)/.exec(line) ?? [];
      const upstream = connect(Number(to), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      upstream.on('error', () => client.destroy());
      client.pipe(upstream).pipe(client);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  stops.push(() => proxy.close());
  const stage = await startSocketStage({ HTTP_PROXY: `http://127.0.0.1:${port}` });
  stops.push(() => stage.stop());
  const client = await stage.open('/v1/realtime?model=gpt-echo');
  client.socket.send('by way of');
  expect(await client.message(0)).toBe('by way of');
  expect(asked).toEqual([`CONNECT ${new URL(stage.upstream.url).host} HTTP/1.1`]);
  await client.close();
});
