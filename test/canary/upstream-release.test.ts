/** That each way to give up an upstream reply closes its connection, and that fetch sends no POST twice. */
import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { startTcpUpstream } from '../support/tcp-upstream.ts';

const unfinished = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n';

const waysToLeave: Record<string, (reply: Response, abort: AbortController) => Promise<void> | void> = {
  'AbortController.abort()': (_reply, abort) => abort.abort(),
  'body.cancel()': async (reply) => await reply.body?.cancel(),
  'reader.cancel() after a read': async (reply) => {
    const reader = reply.body?.getReader();
    await reader?.read();
    await reader?.cancel();
  },
};

describe('the connection of an unfinished reply closes on', () => {
  test.each(Object.keys(waysToLeave))('%s', async (way) => {
    const upstream = await startTcpUpstream(({ socket }) => void socket.write(unfinished));
    const abort = new AbortController();
    const reply = await fetch(`http://127.0.0.1:${upstream.port}`, { signal: abort.signal });
    expect(upstream.open()).toBe(1);
    await waysToLeave[way]?.(reply, abort);
    await eventually(() => upstream.open() === 0, 'the connection closing');
    await upstream.stop();
  });
});

test('an abort before the headers closes the connection', async () => {
  const upstream = await startTcpUpstream(() => {});
  const abort = new AbortController();
  const call = fetch(`http://127.0.0.1:${upstream.port}`, { signal: abort.signal });
  await eventually(() => upstream.open() === 1, 'the call arriving');
  abort.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  await eventually(() => upstream.open() === 0, 'the connection closing');
  await upstream.stop();
});

describe('a POST on a kept connection that then breaks', () => {
  const kept = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  test.each(['end', 'resetAndDestroy'] as const)('by %s is not sent again', async (how) => {
    let requests = 0;
    const upstream = await startTcpUpstream(({ socket, earlier }) => {
      requests += 1;
      if (earlier === 0) socket.write(kept);
      else socket[how]();
    });
    const call = () => fetch(`http://127.0.0.1:${upstream.port}`, { method: 'POST', body: '{}' });
    expect(await (await call()).text()).toBe('ok');
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(requests).toBe(2);
    expect(upstream.accepted()).toBe(1);
    await upstream.stop();
  });

  test('while it was idle goes over a new one', async () => {
    const upstream = await startTcpUpstream(({ socket }) => socket.end(kept));
    const call = () => fetch(`http://127.0.0.1:${upstream.port}`, { method: 'POST', body: '{}' });
    expect(await (await call()).text()).toBe('ok');
    await eventually(() => upstream.open() === 0, 'the connection closing');
    expect(await (await call()).text()).toBe('ok');
    expect(upstream.accepted()).toBe(2);
    await upstream.stop();
  });
});
