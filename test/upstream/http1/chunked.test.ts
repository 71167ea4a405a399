/** Bodies in chunks: every form that is allowed, wherever it is cut, and what is none. */
import { describe, expect, test } from 'bun:test';
import { ConnectionLost } from '../../../src/upstream/http1/bad-reply.ts';
import { cuts, readReply } from './read-reply.ts';

const lost = new ConnectionLost().message;
const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('chunks', () => {
  const cases: [string, string, string][] = [
    ['one', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['none', '0\r\n\r\n', ''],
    ['several', '1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n', 'abcdef'],
    ['capital and small digits', 'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789'],
    ['leading zeros', '0005\r\nhello\r\n0000\r\n\r\n', 'hello'],
    ['extensions', '5;a\r\nhello\r\n0;b=c;d="e\\"f"\r\n\r\n', 'hello'],
    ['blanks before an extension', '5 ;a\r\nhello\r\n0\t\r\n\r\n', 'hello'],
    ['blanks after a size', '5  \r\nhello\r\n0\r\n\r\n', 'hello'],
    ['trailers', '5\r\nhello\r\n0\r\nX: y\r\nContent-Length: 3\r\n\r\n', 'hello'],
    ['data that looks like chunks', '9\r\n0\r\n\r\n5\r\nx\r\n0\r\n\r\n', '0\r\n\r\n5\r\nx'],
    [
      'data that looks like a head',
      `17\r\nHTTP/1.1 200 OK\r\n\r\nabcd\r\n0\r\n\r\n`,
      'HTTP/1.1 200 OK\r\n\r\nabcd',
    ],
    ['all bytes', `3\r\n\0\xff\n\r\n0\r\n\r\n`, '\0\xff\n'],
  ];

  test.each(cases)('%s', (_, body, expected) => {
    expect(readReply([head + body])).toMatchObject({ body: expected, failure: '', isReusable: true });
  });

  test.each(cases)('%s, cut anywhere', (_, body, expected) => {
    for (const pieces of cuts(head + body))
      expect([pieces, readReply(pieces)]).toEqual([
        pieces,
        expect.objectContaining({ body: expected, failure: '', isReusable: true }),
      ]);
  });

  test.each(cases)('%s, ended anywhere before its end', (_, body) => {
    for (let at = 0; at < body.length; at++)
      expect([at, readReply([head + body.slice(0, at)], { ends: true }).failure]).toEqual([at, lost]);
  });
});

describe('no chunks', () => {
  const cases: [string, string][] = [
    ['no size', '\r\nhello\r\n0\r\n\r\n'],
    ['a size that is no number', 'x\r\nhello\r\n0\r\n\r\n'],
    ['a size below zero', '-5\r\nhello\r\n0\r\n\r\n'],
    ['a size with a sign', '+5\r\nhello\r\n0\r\n\r\n'],
    ['a size with a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a blank before the size', ' 5\r\nhello\r\n0\r\n\r\n'],
    ['a size in two', '5 5\r\nhello\r\n0\r\n\r\n'],
    ['words after a size', '5 hello\r\nhello\r\n0\r\n\r\n'],
    ['a size with an underscore', '1_0\r\nhello\r\n0\r\n\r\n'],
    ['a size with a fraction', '5.0\r\nhello\r\n0\r\n\r\n'],
    ['a size past every integer', 'ffffffffffffffff\r\nhello'],
    ['a size past every integer, by little', '20000000000000\r\nhello'],
    ['a size of zeros without an end', '0'.repeat(100)],
    ['a bare line feed after the size', '5\nhello\r\n0\r\n\r\n'],
    ['a bare carriage return after the size', '5\rhello\r\n0\r\n\r\n'],
    ['two carriage returns', '5\r\r\nhello\r\n0\r\n\r\n'],
    ['a bare line feed after the data', '5\r\nhello\n0\r\n\r\n'],
    ['nothing after the data', '5\r\nhello0\r\n\r\n'],
    ['data longer than said', '4\r\nhello\r\n0\r\n\r\n'],
    ['data shorter than said', '6\r\nhello\r\n0\r\n\r\n'],
    ['a zero byte in an extension', '5;a\0b\r\nhello\r\n0\r\n\r\n'],
    ['a bare line feed in an extension', '5;a\nb\r\nhello\r\n0\r\n\r\n'],
    ['a bare carriage return in an extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
    ['an extension without an end', `5;${'a'.repeat(100_000)}`],
    ['a zero byte in a trailer', '0\r\nx: a\0\r\n\r\n'],
    ['a bare line feed in a trailer', '0\r\nx: a\n\r\n'],
    ['a bare line feed at the end', '0\r\n\n'],
    ['trailers without an end', `0\r\n${'x: y\r\n'.repeat(100_000)}`],
  ];
  test.each(cases)('%s', (_, body) => {
    const { failure } = readReply([head + body]);
    expect(failure).toMatch(/chunk|trailers/);
    const bytes = (head + body).slice(0, 20_000);
    if (bytes.length < 20_000) expect(readReply([...bytes]).failure).toBe(failure ?? '');
  });
});
