/** The head of a reply: what is one, and what only looks like one. */
import { describe, expect, test } from 'bun:test';
import { maxHeadBytes } from '../../../src/upstream/http1/reply-reader.ts';
import { readReply } from './read-reply.ts';

const reply = (statusLine: string, ...lines: string[]) => `${[statusLine, ...lines].join('\r\n')}\r\n\r\n`;
const ok = (...lines: string[]) => reply('HTTP/1.1 200 OK', 'content-length: 0', ...lines);

describe('a status line', () => {
  test.each([
    ['HTTP/1.1 200 OK', 200],
    ['HTTP/1.0 200 OK', 200],
    ['HTTP/1.1 429 ', 429],
    ['HTTP/1.1 503', 503],
    ['HTTP/1.1 200 Tr\xe8s bien\t!', 200],
    ['HTTP/1.1 999 Blocked', 999],
  ])('%j', (line, status) => {
    expect(readReply([reply(line, 'content-length: 0')])).toMatchObject({ head: { status }, failure: '' });
  });

  test.each([
    '',
    ' HTTP/1.1 200 OK',
    '\r\nHTTP/1.1 200 OK',
    'HTTP/2 200 OK',
    'HTTP/1.2 200 OK',
    'HTTP/11 200 OK',
    'HTTP/0.9 200 OK',
    'http/1.1 200 OK',
    'HTTPS/1.1 200 OK',
    'ICY 200 OK',
    'HTTP/1.1',
    'HTTP/1.1 ',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 200OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 000 OK',
    'HTTP/1.1 -20 OK',
    'HTTP/1.1 2e2 OK',
    'HTTP/1.1 \xb2\xb3\xb9 OK',
    'HTTP/1.1 200 O\0K',
    'HTTP/1.1 200 O\rK',
    'HTTP/1.1 200 O\nK',
    'HTTP/1.1 200 OK\n',
    'HTTP/1.1 200 OK\x7f',
    'GET / HTTP/1.1',
    '<html>',
    'content-length: 0',
  ])('is not %j', (line) => {
    expect(readReply([reply(line, 'content-length: 0')]).failure).toContain('status line');
  });
});

describe('a header', () => {
  test.each([
    ['x: y', 'y'],
    ['x:y', 'y'],
    ['X: y', 'y'],
    ['x: \t y\t ', 'y'],
    ['x:', ''],
    ['x:   ', ''],
    ['x: a: b', 'a: b'],
    ['x: "a  b"', '"a  b"'],
    ['x: a\tb', 'a\tb'],
    ['x: caf\xe9', 'caf\xe9'],
    // The bytes of UTF-8, a character each; the last of them is a blank to some.
    ['x: \xc3\xa0', '\xc3\xa0'],
    ['x: \xa0\x85', '\xa0\x85'],
  ])('%j', (line, value) => {
    const { head, failure } = readReply([ok(line)]);
    expect([head?.get('x'), head?.has('x'), failure]).toEqual([value, true, '']);
  });

  test("may have any name that RFC 9110 knows, also one of JavaScript's own", () => {
    const { head } = readReply([ok("!#$%&'*+-.^_`|~09aZ: odd", '__proto__: p', 'constructor: c')]);
    expect(head?.get("!#$%&'*+-.^_`|~09az")).toBe('odd');
    expect(head?.get('__proto__')).toBe('p');
    expect(head?.get('constructor')).toBe('c');
    expect(head?.get('tostring')).toBeNull();
    expect(head?.has('tostring')).toBe(false);
  });

  test('said more than once is one list', () => {
    expect(readReply([ok('x: a', 'X: b', 'y: c', 'x: ')]).head?.get('x')).toBe('a, b, ');
  });

  test.each([
    'x',
    ': y',
    'x : y',
    'x\t: y',
    ' x: y',
    'x y: z',
    'x(: y',
    'x\xe9: y',
    'x\0: y',
    'x: a\0b',
    'x: a\rb',
    'x: a\nb',
    'x: a\n y: b',
    'x: a\r',
    'x: \x7f',
    'x: \x1b[0m',
    'x: a\r\n b',
    'x: a\r\n\tb',
    'x: a\r\n b: c',
  ])('is not %j', (line) => {
    expect(readReply([ok(line)]).failure).toContain('header line');
  });

  test('does not follow the status line with a blank in front', () => {
    expect(readReply([reply('HTTP/1.1 200 OK', ' x: y')]).failure).toContain('header line');
  });
});

describe('the size of a head', () => {
  const filled = (bytes: number) => {
    const head = ok('x: ');
    return head.replace('x: ', `x: ${'a'.repeat(bytes - head.length + 4)}`);
  };
  test('may be as large as the bound', () => {
    expect(readReply([filled(maxHeadBytes)]).failure).toBe('');
  });
  test.each([maxHeadBytes + 1, 4 * maxHeadBytes])('may not be %d', (bytes) => {
    expect(readReply([filled(bytes)]).failure).toContain('too long');
  });
  test('is bounded while it has no end', () => {
    const line = `x: ${'a'.repeat(1_000)}\r\n`;
    const pieces = ['HTTP/1.1 200 OK\r\n', ...Array.from({ length: 1_000 }, () => line)];
    expect(readReply(pieces).failure).toContain('too long');
  });
  test('with bare line feeds is no head, and not waited for', () => {
    const bare = 'HTTP/1.1 200 OK\ncontent-length: 0\n\n';
    expect(readReply([bare])).toMatchObject({
      head: undefined,
      failure: expect.stringContaining('bare line feeds'),
    });
  });
});

describe('a head that is slow to read for some', () => {
  const most = maxHeadBytes - 200;
  test.each([
    ['blanks before a fault', `x:${' '.repeat(most)}\0`, 'header line'],
    ['blanks within', `x: a${' '.repeat(most)}b`, ''],
    ['blanks and a fault at the end of them', `x: a${' \t'.repeat(most / 2)}\x7f`, 'header line'],
    ['a name without a colon', 'x'.repeat(most), 'header line'],
    ['commas', `connection: ${', '.repeat(most / 2)}x`, ''],
    ['blanks in a list', `connection: ,${' '.repeat(most)}x`, ''],
    ['almost a time', `keep-alive: ${'timeout='.repeat(most / 8)}`, ''],
    ['many lengths', `content-length: ${'0,'.repeat(most / 2)}0`, ''],
  ])('%s', (_, line, failure) => {
    const read = readReply([
      reply('HTTP/1.1 200 OK', line, ...(line.startsWith('content') ? [] : ['content-length: 0'])),
    ]);
    expect(read.failure).toContain(failure);
  });
});

test.each([
  [256, ''],
  [257, 'too many'],
])('%d header lines', (count, failure) => {
  const lines = Array.from({ length: count - 1 }, () => 'x: y');
  expect(readReply([ok(...lines)]).failure).toContain(failure);
});
