/** How a server drains with stop(false), and when two servers may share a port. */
import { describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { openConnection } from '../support/raw-connection.ts';

describe('server.stop(false)', () => {
  test('refuses new connections, lets an open stream finish, and resolves after it', async () => {
    let push: ReadableStreamDefaultController<string> | undefined;
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () =>
        new Response(
          new ReadableStream<string>({
            start: (controller) => {
              push = controller;
              controller.enqueue('first ');
            },
          }),
        ),
    });
    const reply = await fetch(server.url);
    let stopped = false;
    const stopping = server.stop(false).then(() => {
      stopped = true;
    });
    await expect(fetch(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(stopped).toBe(false);
    push?.enqueue('last');
    push?.close();
    expect(await reply.text()).toBe('first last');
    await stopping;
  });

  test('closes idle kept connections at once', async () => {
    const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('done') });
    const kept = await openConnection(Number(server.url.port));
    kept.send('GET / HTTP/1.1\r\nHost: canary\r\n\r\n');
    await kept.heardUntil((heard) => heard.endsWith('done'));
    await server.stop(false);
    await kept.closed();
  });
});

describe('a second server on a port', () => {
  const serve = (port: number, name: string, reusePort: boolean) =>
    Bun.serve({ port, hostname: '127.0.0.1', reusePort, fetch: () => new Response(name) });

  test('fails unless both say reusePort', async () => {
    const first = serve(0, 'first', true);
    expect(() => serve(Number(first.url.port), 'second', false)).toThrow('Is port');
    await first.stop(true);
  });

  test('shares the connections when both say reusePort', async () => {
    const first = serve(0, 'first', true);
    const second = serve(Number(first.url.port), 'second', true);
    const seen = new Set<string>();
    for (let i = 0; i < 64; i += 1)
      seen.add(await (await fetch(first.url, { headers: { connection: 'close' } })).text());
    expect([...seen].toSorted()).toEqual(['first', 'second']);
    await first.stop(true);
    await second.stop(true);
  });

  test('starts under Elysia, which says reusePort unless it is told not to', async () => {
    const first = new Elysia().listen({ port: 0, hostname: '127.0.0.1' });
    const port = Number(first.server?.url.port);
    const second = new Elysia().listen({ port, hostname: '127.0.0.1' });
    expect(Number(second.server?.url.port)).toBe(port);
    expect(() => new Elysia().listen({ port, hostname: '127.0.0.1', reusePort: false })).toThrow('Is port');
    await first.stop(true);
    await second.stop(true);
  });
});
