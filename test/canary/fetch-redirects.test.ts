/** Which credentials fetch takes along when an upstream redirects it to another origin, and how to stop it. */
import { afterAll, beforeEach, describe, expect, test } from 'bun:test';

const seen: { method: string; headers: Headers; body: string }[] = [];
const stranger = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (request) => {
    seen.push({ method: request.method, headers: request.headers, body: await request.text() });
    return new Response('stranger');
  },
});
const upstream = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request) =>
    new Response('moved', {
      status: Number(new URL(request.url).pathname.slice(1)),
      headers: { location: stranger.url.href },
    }),
});
afterAll(async () => {
  await upstream.stop(true);
  await stranger.stop(true);
});
beforeEach(() => {
  seen.length = 0;
});

const credentials = ['authorization', 'cookie', 'x-api-key', 'api-key', 'x-goog-api-key'];
const call = (status: number, redirect: 'follow' | 'manual') =>
  fetch(`${upstream.url}${status}`, {
    method: 'POST',
    body: 'prompt',
    headers: Object.fromEntries(credentials.map((name) => [name, 'canary'])),
    redirect,
  });

describe.each([301, 302, 303, 307, 308])('a %i to another origin', (status) => {
  test('is followed with every credential header but authorization and cookie', async () => {
    expect(await (await call(status, 'follow')).text()).toBe('stranger');
    const kept = credentials.filter((name) => seen[0]?.headers.has(name));
    expect(kept).toEqual(['x-api-key', 'api-key', 'x-goog-api-key']);
    expect(seen[0]?.body).toBe(status >= 307 ? 'prompt' : '');
  });
  test("is handed back by redirect: 'manual', and nobody else is called", async () => {
    const reply = await call(status, 'manual');
    expect(reply.status).toBe(status);
    expect(reply.headers.get('location')).toBe(stranger.url.href);
    expect(await reply.text()).toBe('moved');
    expect(seen).toEqual([]);
  });
});
