/** Which URLs fetch follows besides http and https. */
import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { directoryWith } from '../support/bun-program.ts';

const dir = directoryWith({ 'secret.txt': 'a local file' });
afterAll(() => dir.remove());

test('file: URLs are read from the disk', async () => {
  const reply = await fetch(`file://${join(dir.path, 'secret.txt')}`);
  expect(await reply.text()).toBe('a local file');
});

test('data: URLs are answered', async () => {
  expect(await (await fetch('data:text/plain,inline')).text()).toBe('inline');
});

test('blob: URLs are answered', async () => {
  const url = URL.createObjectURL(new Blob(['kept']));
  expect(await (await fetch(url)).text()).toBe('kept');
  URL.revokeObjectURL(url);
});

test('s3: URLs are understood: only the credentials are missing', async () => {
  await expect(fetch('s3://bucket/key')).rejects.toMatchObject({ code: 'ERR_S3_MISSING_CREDENTIALS' });
});

test('other schemes are refused', async () => {
  await expect(fetch('ftp://127.0.0.1/file')).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
});

test('a redirect to file: is refused', async () => {
  const location = `file://${join(dir.path, 'secret.txt')}`;
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Response(null, { status: 302, headers: { location } }),
  });
  await expect(fetch(server.url)).rejects.toMatchObject({ code: 'UnsupportedRedirectProtocol' });
  await server.stop(true);
});
