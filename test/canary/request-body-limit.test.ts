/** Who answers an over-large request body, maxRequestBodySize or the handler, and what the client sees. */
import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { exchange, openConnection, parseReply } from '../support/raw-connection.ts';

const told: string[] = [];
beforeEach(() => {
  told.length = 0;
});

const limited = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  maxRequestBodySize: 100,
  development: false,
  fetch: async (request) => {
    told.push('called');
    const text = await request.text().catch((error: Error) => `rejected: ${error.message}`);
    told.push(text.slice(0, 60));
    return new Response(`my own words: ${text.length}`);
  },
});
const roomy = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  maxRequestBodySize: 1_000_000_000,
  fetch: async (request) => {
    const reader = request.body?.getReader();
    let seen = 0;
    while (reader && request.url.endsWith('/counted')) {
      const { done, value } = await reader.read();
      seen += value?.length ?? 0;
      if (done || seen > 100) break;
    }
    await reader?.cancel();
    return new Response('my own words', { status: 413 });
  },
});
afterAll(async () => {
  await limited.stop(true);
  await roomy.stop(true);
});

const post = (path: string, framing: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: canary\r\n${framing}\r\n\r\n${body}`;
const counted = (path: string, size: number) => post(path, `Content-Length: ${size}`, 'x'.repeat(size));
const chunked = (path: string, size: number) =>
  post(path, 'Transfer-Encoding: chunked', `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`);

describe('maxRequestBodySize', () => {
  const port = Number(limited.url.port);
  test('refuses a content-length above it without a body and without calling the handler', async () => {
    expect(await exchange(port, counted('/', 101))).toMatchObject({ status: 413, body: '' });
    expect(told).toEqual([]);
  });
  test('calls the handler on a chunked body, rejects its read, and drops its answer', async () => {
    expect(await exchange(port, chunked('/', 101))).toMatchObject({ status: 413, body: '' });
    expect(told).toEqual(['called', 'rejected: Request body exceeded maxRequestBodySize']);
  });
  test('lets a body of exactly that size through', async () => {
    const request = counted('/', 100).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    expect(await exchange(port, request)).toMatchObject({ status: 200, body: 'my own words: 100' });
  });
});

describe('below maxRequestBodySize the handler can answer before the body has come', () => {
  const port = Number(roomy.url.port);
  test.each([
    ['unread, with a content-length', counted('/unread', 5_000_000)],
    ['unread, chunked', chunked('/unread', 5_000_000)],
    ['counted, with a content-length', counted('/counted', 5_000_000)],
    ['counted, chunked', chunked('/counted', 5_000_000)],
    ['announced and never sent', post('/unread', 'Content-Length: 5000', '')],
  ])('%s', async (_how, request) => {
    const connection = await openConnection(port);
    connection.send(request);
    const heard = await connection.heardUntil((text) => text.endsWith('my own words'));
    expect(parseReply(heard)).toMatchObject({ status: 413, body: 'my own words' });
    connection.hangUp();
  });
});

test('a client that leaves within its body makes the read reject', async () => {
  const connection = await openConnection(Number(limited.url.port));
  connection.send(post('/', 'Content-Length: 50', 'xyz'));
  await Bun.sleep(50);
  connection.hangUp();
  for (let i = 0; i < 500 && told.length < 2; i += 1) await Bun.sleep(10);
  expect(told).toEqual(['called', 'rejected: The connection was closed.']);
});

test('Expect: 100-continue is answered by Bun', async () => {
  const connection = await openConnection(Number(limited.url.port));
  connection.send(post('/', 'Content-Length: 50\r\nExpect: 100-continue', ''));
  expect(await connection.heardUntil((heard) => heard.endsWith('\r\n\r\n'))).toStartWith(
    'HTTP/1.1 100 Continue',
  );
  connection.hangUp();
});
