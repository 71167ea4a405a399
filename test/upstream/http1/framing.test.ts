/** Where a reply ends, and whether another may follow it. */
import { describe, expect, test } from 'bun:test';
import { readReply } from './read-reply.ts';

const reply = (head: string, body = '') => `${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`;

describe('a reply that has no body by its kind', () => {
  test.each([
    ['HTTP/1.1 204 No Content', 'GET', true],
    ['HTTP/1.1 204 No Content\nContent-Length: 5', 'GET', true],
    ['HTTP/1.1 304 Not Modified\nContent-Length: 5', 'GET', true],
    ['HTTP/1.1 304 Not Modified\nTransfer-Encoding: chunked', 'GET', true],
    ['HTTP/1.1 200 OK\nContent-Length: 5', 'HEAD', true],
    ['HTTP/1.1 200 OK\nTransfer-Encoding: chunked', 'HEAD', true],
    ['HTTP/1.1 200 OK', 'HEAD', true],
    ['HTTP/1.1 204 No Content\nConnection: close', 'GET', false],
    ['HTTP/1.0 204 No Content', 'GET', false],
    ['HTTP/1.1 205 Reset Content', 'GET', false],
  ])('%j to a %s', (head, method, isReusable) => {
    expect(readReply([reply(head)], { method })).toMatchObject({ body: null, failure: '', isReusable });
  });

  test.each(['HTTP/1.1 204 No Content\nContent-Length: 5', 'HTTP/1.1 304 Not Modified'])(
    '%j with one all the same is the last of its connection',
    (head) => {
      expect(readReply([reply(head, 'hello')])).toMatchObject({ body: null, failure: '', isReusable: false });
    },
  );
});

describe('a length', () => {
  test.each([
    ['Content-Length: 5', 'hello', true],
    ['Content-Length:5 ', 'hello', true],
    ['Content-Length: 00005', 'hello', true],
    ['Content-Length: 5\nContent-Length: 5', 'hello', true],
    ['Content-Length: 5, 5', 'hello', true],
    ['Content-Length: 0', '', true],
    ['Content-Length: 5\nConnection: close', 'hello', false],
    ['Content-Length: 5\nConnection: x, CLOSE', 'hello', false],
    ['Content-Length: 5\nConnection: x\nConnection: Close ,y', 'hello', false],
    ['Content-Length: 5\nConnection: closed, enclose', 'hello', true],
    ['Content-Length: 5\nConnection: keep-alive', 'hello', true],
  ])('%j', (lines, body, isReusable) => {
    expect(readReply([reply(`HTTP/1.1 200 OK\n${lines}`, body)])).toMatchObject({
      body,
      failure: '',
      isReusable,
    });
  });

  test.each([
    'Content-Length:',
    'Content-Length: five',
    'Content-Length: -5',
    'Content-Length: +5',
    'Content-Length: 0x5',
    'Content-Length: 5.0',
    'Content-Length: 5e0',
    'Content-Length: 5 5',
    'Content-Length: 5;',
    'Content-Length: 5,',
    'Content-Length: ,5',
    'Content-Length: 5, 6',
    'Content-Length: 5, 05',
    'Content-Length: 5\nContent-Length: 6',
    'Content-Length: 5\nContent-Length:',
    'Content-Length: \xb2',
    'Content-Length: 99999999999999999999',
  ])('is not %j', (lines) => {
    expect(readReply([reply(`HTTP/1.1 200 OK\n${lines}`, 'hello')]).failure).toContain('Content-Length');
  });

  test.each([0, 1, 4])('of five bytes is not reached by %d', (count) => {
    const cut = reply('HTTP/1.1 200 OK\nContent-Length: 5', 'hello'.slice(0, count));
    expect(readReply([cut])).toMatchObject({ failure: undefined });
    expect(readReply([cut], { ends: true }).failure).toContain('ended');
  });
});

describe('no length', () => {
  test.each(['HTTP/1.1 200 OK', 'HTTP/1.0 200 OK', 'HTTP/1.0 200 OK\nConnection: keep-alive'])(
    '%j goes on to the end of the connection',
    (head) => {
      const pieces = [reply(head, 'a'), 'b', 'HTTP/1.1 200 OK\r\n\r\n'];
      expect(readReply(pieces)).toMatchObject({ failure: undefined });
      const body = 'abHTTP/1.1 200 OK\r\n\r\n';
      expect(readReply(pieces, { ends: true })).toMatchObject({ body, failure: '', isReusable: false });
    },
  );
  test('may be of nothing', () => {
    expect(readReply([reply('HTTP/1.1 200 OK')], { ends: true })).toMatchObject({ body: '', failure: '' });
  });
});

describe('HTTP/1.0', () => {
  test.each([
    ['Content-Length: 5', false],
    ['Content-Length: 5\nConnection: Keep-Alive', true],
    ['Content-Length: 5\nConnection: keep-alive, close', false],
    ['Content-Length: 5\nConnection: keep-alive\nConnection: close', false],
    ['Content-Length: 5\nConnection: Keep-Alive\nConnection: keep-alive', true],
    ['Content-Length: 5\nConnection:keep-alive', true],
    ['Content-Length: 5\nConnection: \tKEEP-ALIVE ', true],
    ['Content-Length: 5\nConnection: keep-alivee', false],
  ])('with %j', (lines, isReusable) => {
    expect(readReply([reply(`HTTP/1.0 200 OK\n${lines}`, 'hello')])).toMatchObject({
      failure: '',
      isReusable,
    });
  });
  test('knows no chunks: what has them all the same is the last of its connection', () => {
    const head = 'HTTP/1.0 200 OK\nTransfer-Encoding: chunked\nConnection: keep-alive';
    expect(readReply([reply(head, '1\r\nx\r\n0\r\n\r\n')]).isReusable).toBe(false);
  });
});

describe('a transfer coding', () => {
  test.each(['chunked', 'Chunked', 'CHUNKED '])('%j', (coding) => {
    const head = `HTTP/1.1 200 OK\nTransfer-Encoding: ${coding}`;
    const expected = { body: 'hello', failure: '', isReusable: true };
    expect(readReply([reply(head, '5\r\nhello\r\n0\r\n\r\n')])).toMatchObject(expected);
  });
  test.each([
    'gzip',
    'gzip, chunked',
    'chunked, gzip',
    'chunked, chunked',
    'chunked\nTransfer-Encoding: chunked',
    'chunked;q=1',
    'xchunked',
    'chunked,',
    'identity',
    '',
    '"chunked"',
    '\x0bchunked',
    'chunked\xa0',
  ])('is not %j', (coding) => {
    const head = `HTTP/1.1 200 OK\nTransfer-Encoding: ${coding}`;
    const { failure, body } = readReply([reply(head, '5\r\nhello\r\n0\r\n\r\n')]);
    expect(failure).toMatch(/Transfer-Encoding|header line/);
    expect(body).toBeNull();
  });
  test.each(['Content-Length: 5', 'Content-Length: 500', 'Content-Length: x'])(
    'goes before %j, and is the last of its connection',
    (length) => {
      for (const lines of [`Transfer-Encoding: chunked\n${length}`, `${length}\nTransfer-Encoding: chunked`])
        expect(readReply([reply(`HTTP/1.1 200 OK\n${lines}`, '2\r\nhi\r\n0\r\n\r\n')])).toMatchObject({
          body: 'hi',
          failure: '',
          isReusable: false,
        });
    },
  );
});

describe('a word in between', () => {
  const whole = reply('HTTP/1.1 200 OK\nContent-Length: 2', 'ok');
  test.each([
    [['HTTP/1.1 100 Continue']],
    [['HTTP/1.1 102 Processing\nx: y']],
    [['HTTP/1.1 103 Early Hints\nLink: </a>; rel=preload\nContent-Length: 7\nTransfer-Encoding: chunked']],
    [['HTTP/1.1 100 Continue', 'HTTP/1.1 100 Continue', 'HTTP/1.1 103 Early Hints']],
  ])('%j', (heads) => {
    const words = heads.map((head) => reply(head));
    const expected = { head: { status: 200 }, body: 'ok', failure: '', isReusable: true };
    expect(readReply([words.join('') + whole])).toMatchObject(expected);
    expect(readReply([...words, whole])).toMatchObject(expected);
  });
  test('is no reply', () => {
    expect(readReply([reply('HTTP/1.1 100 Continue')], { ends: true })).toMatchObject({ head: undefined });
  });
  test('is not another protocol', () => {
    expect(readReply([reply('HTTP/1.1 101 Switching Protocols\nUpgrade: x')]).failure).toContain('protocol');
  });
});

describe('excess', () => {
  const next = reply('HTTP/1.1 200 OK\nContent-Length: 6', 'forged');
  const whole = {
    'a length': reply('HTTP/1.1 200 OK\nContent-Length: 2', 'ok'),
    'a length of nothing': reply('HTTP/1.1 200 OK\nContent-Length: 0'),
    chunks: reply('HTTP/1.1 200 OK\nTransfer-Encoding: chunked', '2\r\nok\r\n0\r\n\r\n'),
    'no body': reply('HTTP/1.1 204 No Content'),
  };
  test.each(Object.entries(whole))('after %s makes it the last of its connection', (_, first) => {
    for (const more of [next, 'x', '\r\n']) {
      const read = readReply([first + more]);
      expect(read.failure).toBe('');
      expect(read.isReusable).toBe(false);
      expect(read.body ?? '').not.toContain('forged');
    }
  });
});
