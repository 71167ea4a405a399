/** What idleTimeout cuts: a silent event stream and a slow request body; and what takes it off one request. */
import { afterAll, describe, expect, test } from 'bun:test';
import { openConnection } from '../support/raw-connection.ts';

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  idleTimeout: 1,
  development: false,
  fetch: async (request, self) => {
    const url = new URL(request.url);
    if (url.pathname === '/cured') self.timeout(request, 0);
    if (request.method === 'POST') return new Response(await request.text());
    return new Response(new ReadableStream({ start: (stream) => stream.enqueue('data: 1\n\n') }));
  },
});
const port = Number(server.url.port);
afterAll(() => server.stop(true));

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: canary\r\n\r\n`;
const post = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: canary\r\nContent-Length: 100\r\nConnection: close\r\n\r\n`;

/** Bun looks at its clocks every four seconds, so these tests take that long; they run side by side. */
describe('idleTimeout', () => {
  test.concurrent('cuts a silent stream, without a last chunk; server.timeout(request, 0) keeps it', async () => {
    const cured = await openConnection(port);
    cured.send(get('/cured'));
    await cured.heardUntil((text) => text.includes('data: 1'));
    const cut = await openConnection(port);
    cut.send(get('/plain'));
    const heard = await cut.closed();
    expect(heard).toContain('data: 1');
    expect(heard).not.toContain('\r\n0\r\n');
    expect(cured.socket.destroyed).toBe(false);
    cured.hangUp();
  });

  test.concurrent('cuts a body that keeps coming, only slowly; server.timeout(request, 0) keeps it', async () => {
    const cured = await openConnection(port);
    const cut = await openConnection(port);
    cured.send(post('/cured'));
    cut.send(post('/plain'));
    let sent = 0;
    const trickle = setInterval(() => {
      sent += 1;
      for (const connection of [cured, cut]) connection.send('x');
    }, 100);
    expect(await cut.closed()).toBe('');
    clearInterval(trickle);
    expect(cured.socket.destroyed).toBe(false);
    cured.send('x'.repeat(100 - sent));
    expect(await cured.closed()).toEndWith('x'.repeat(100));
  });

  test('takes at most 255 seconds', () => {
    const serve = () => Bun.serve({ port: 0, idleTimeout: 256, fetch: () => new Response() });
    expect(serve).toThrow('255 or less');
  });
});
