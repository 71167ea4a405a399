/** What a direct stream does when it is read within the process instead of by a socket. */
import { expect, test } from 'bun:test';

test('its writes wait for the reader', async () => {
  let written = 0;
  const stream = new ReadableStream({
    type: 'direct',
    pull: async (controller) => {
      for (; written < 50; written++) await controller.write(new Uint8Array(65_536));
      await controller.close();
    },
  });
  const reader = new Response(stream).body?.getReader();
  expect((await reader?.read())?.value).toHaveLength(65_536);
  await Bun.sleep(100);
  expect(written).toBeLessThan(4);
  let read = 1;
  while ((await reader?.read())?.done === false) read += 1;
  expect(read).toBe(50);
});

test('a request made with a signal has that signal', () => {
  const controller = new AbortController();
  const request = new Request('http://x/', { method: 'POST', body: 'x', signal: controller.signal });
  let aborts = 0;
  request.signal.onabort = () => {
    aborts += 1;
  };
  controller.abort();
  expect(aborts).toBe(1);
});
