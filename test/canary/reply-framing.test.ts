/** What fetch makes of replies whose framing lies, breaks off or is nonsense. */
import { afterAll, describe, expect, test } from 'bun:test';
import { startTcpUpstream } from '../support/tcp-upstream.ts';

const ok = 'HTTP/1.1 200 OK\r\n';
const manyHeaders = (count: number) =>
  `${ok}${Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join('')}Content-Length: 2\r\n\r\nok`;

/** What is written before the connection closes, and the reply's text or the code it fails with. */
const replies: Record<string, readonly [sent: string, outcome: string]> = {
  'content-length too long': [`${ok}Content-Length: 9\r\n\r\nabc`, 'body: ECONNRESET'],
  'content-length too short': [`${ok}Content-Length: 3\r\n\r\nabcdef`, '200 abc'],
  'chunked without the last chunk': [
    `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    'body: ECONNRESET',
  ],
  'chunked, broken within a chunk': [`${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nabc`, 'body: ECONNRESET'],
  'chunked, with a size that is no number': [
    `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc`,
    'body: InvalidHTTPResponse',
  ],
  'no length at all': [`${ok}\r\nabc`, '200 abc'],
  'two equal content-lengths': [`${ok}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, '200 abc'],
  'two different content-lengths': [
    `${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`,
    'InvalidContentLength',
  ],
  'a negative content-length': [`${ok}Content-Length: -3\r\n\r\nabc`, 'InvalidContentLength'],
  'content-length beside chunks': [
    `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    '200 abc',
  ],
  'headers cut off': [`${ok}Content-Le`, 'ECONNRESET'],
  'another protocol': ['SSH-2.0-OpenSSH\r\n', 'Malformed_HTTP_Response'],
  'status 99': ['HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok', '99 ok'],
  'status 600': ['HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nok', '600 ok'],
  'a status of four digits': ['HTTP/1.1 1000 Odd\r\n\r\n', 'Malformed_HTTP_Response'],
  'an upgrade nobody asked for': ['HTTP/1.1 101 Switching\r\n\r\n', 'UnrequestedUpgrade'],
  'status 100 and 103 first': [
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
    '200 ok',
  ],
  'status 204 with a body': ['HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\nok', '204 '],
  'a header of a megabyte': [`${ok}X-A: ${'a'.repeat(1 << 20)}\r\nContent-Length: 2\r\n\r\nok`, '200 ok'],
  'two hundred headers': [manyHeaders(200), '200 ok'],
  'three hundred headers': [manyHeaders(300), 'Malformed_HTTP_Response'],
};

const upstream = await startTcpUpstream(({ socket, head }) => {
  socket.end(replies[decodeURIComponent(/ \/(\S+)/.exec(head)?.[1] ?? '')]?.[0] ?? '');
});
afterAll(() => upstream.stop());

const codeOf = (error: { code?: string }) => error.code ?? String(error);
const get = (name: string) => fetch(`http://127.0.0.1:${upstream.port}/${encodeURIComponent(name)}`);

describe('fetch of a reply with', () => {
  test.each(Object.entries(replies))('%s', async (name, [, expected]) => {
    const outcome = await get(name).then(
      (reply) =>
        reply.text().then(
          (text) => `${reply.status} ${text}`,
          (error) => `body: ${codeOf(error)}`,
        ),
      codeOf,
    );
    expect(outcome).toBe(expected);
  });
});

// Bytes that arrive together with the break may or may not reach a reader before its error: nothing can rest on them.

test('a reply of status 600 or 99 cannot be made', () => {
  for (const status of [99, 600]) expect(() => new Response('', { status })).toThrow(RangeError);
});
