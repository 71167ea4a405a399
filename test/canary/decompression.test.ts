/** What fetch does with a compressed reply, asked for or not, and with `decompress: false`. */
import { afterAll, describe, expect, test } from 'bun:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { startTcpUpstream } from '../support/tcp-upstream.ts';

const size = 8 * 1024 * 1024;
const bodies: Record<string, { encoding: string; bytes: Uint8Array }> = {
  '/gzip': { encoding: 'gzip', bytes: gzipSync('plain text') },
  '/bomb': { encoding: 'gzip', bytes: gzipSync(Buffer.alloc(size)) },
  '/damaged': { encoding: 'gzip', bytes: Buffer.from('not gzip at all') },
  '/unknown': { encoding: 'rot13', bytes: Buffer.from('cynva grkg') },
};
const upstream = await startTcpUpstream(({ socket, head }) => {
  const body = bodies[head.split(' ')[1] ?? ''];
  if (!body) return void socket.destroy();
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Encoding: ${body.encoding}\r\nContent-Length: ${body.bytes.length}\r\n` +
      'Connection: close\r\n\r\n',
  );
  socket.end(body.bytes);
});
afterAll(() => upstream.stop());

const identity = { headers: { 'accept-encoding': 'identity' } };
const get = (path: string, init: BunFetchRequestInit) =>
  fetch(`http://127.0.0.1:${upstream.port}${path}`, init);

describe('a gzip reply', () => {
  test.each([
    ['by default', {}],
    ['although identity was asked for', identity],
  ])('is inflated %s, and keeps its content-encoding and compressed length', async (_when, init) => {
    const reply = await get('/gzip', init);
    expect(reply.headers.get('content-encoding')).toBe('gzip');
    expect(reply.headers.get('content-length')).toBe(String(bodies['/gzip']?.bytes.length));
    expect(await reply.text()).toBe('plain text');
  });

  test('is left as it is with decompress: false', async () => {
    const reply = await get('/gzip', { ...identity, decompress: false });
    expect(reply.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await reply.bytes()).toString()).toBe('plain text');
  });

  test('of a few kilobytes becomes megabytes without a limit', async () => {
    expect(bodies['/bomb']?.bytes.length).toBeLessThan(size / 500);
    expect((await (await get('/bomb', identity)).bytes()).length).toBe(size);
  });

  test('that is damaged rejects, unless it is left as it is', async () => {
    await expect((await get('/damaged', identity)).text()).rejects.toMatchObject({ code: 'ZlibError' });
    expect(await (await get('/damaged', { decompress: false })).text()).toBe('not gzip at all');
  });
});

test('a reply in an unknown encoding comes as it is', async () => {
  expect(await (await get('/unknown', identity)).text()).toBe('cynva grkg');
});
