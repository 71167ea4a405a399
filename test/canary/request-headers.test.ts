/** How Bun shows repeated request headers, foreign bytes in them, and framing that does not add up. */
import { afterAll, describe, expect, test } from 'bun:test';
import { exchange } from '../support/raw-connection.ts';

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (request) => {
    await request.text().catch(() => '');
    return Response.json(Object.fromEntries(request.headers));
  },
});
afterAll(() => server.stop(true));

const send = (lines: string[], body = '') =>
  exchange(
    Number(server.url.port),
    `${['POST / HTTP/1.1', 'Host: canary', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n${body}`,
  );

describe('a header sent twice is joined into one value', () => {
  test.each([
    ['Authorization', 'Bearer A', 'Bearer B', 'Bearer A, Bearer B'],
    ['X-Api-Key', 'A', 'B', 'A, B'],
    ['Content-Type', 'application/json', 'text/plain', 'application/json, text/plain'],
    ['Cookie', 'a=1', 'b=2', 'a=1; b=2'],
  ])('%s', async (name, first, second, joined) => {
    const { body } = await send([`${name}: ${first}`, `${name}: ${second}`]);
    expect(JSON.parse(body)).toMatchObject({ [name.toLowerCase()]: joined });
  });
});

test('bytes above 127 are read as Latin-1', async () => {
  const { body } = await send(['X-Api-Key: \xff']);
  expect(JSON.parse(Buffer.from(body, 'latin1').toString())).toMatchObject({ 'x-api-key': 'ÿ' });
});

describe('is refused with 400 and no body', () => {
  test.each([
    ['a content-length beside a chunked body', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two content-lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a negative content-length', ['Content-Length: -5']],
    ['a broken chunk size', ['Transfer-Encoding: chunked']],
    ['a header without a name', [': value']],
    ['a folded header', ['X-A: b', ' c']],
    ['a NUL in a value', ['X-A: b\0c']],
  ])('%s', async (_what, lines) => {
    expect(await send(lines, 'zz\r\n')).toMatchObject({ status: 400, body: '' });
  });
});
