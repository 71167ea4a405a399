/** What a request is on the wire, and what is refused before it gets there. */
import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { startPeer } from '../../support/peer.ts';
import { sent } from './sent.ts';
import { answering, ok, withStage } from './stage.ts';

describe('a request', () => {
  test('is its line, its host, its headers', async () => {
    const text = await sent((url) => ({
      url: `${url}a/b%20c?d=e&f#g`,
      headers: { accept: '*/*', 'x-odd': '' },
    }));
    expect(text).toBe(
      'GET /a/b%20c?d=e&f HTTP/1.1\r\nhost: 127.0.0.1:port\r\naccept: */*\r\nx-odd: \r\n\r\n',
    );
  });

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('%s says no length without a body', async (method) => {
    await withStage(
      (socket) => {
        socket.once('data', (bytes) =>
          socket.write(`HTTP/1.1 204 ${bytes.toString().split('\r\n').length}\r\n\r\n`),
        );
      },
      async ({ call }) => {
        expect((await call({ method })).status).toBe(204);
      },
    );
    if (method !== 'HEAD') expect(await sent(() => ({ method }))).not.toContain('content-length');
  });

  test.each(['POST', 'PUT', 'PATCH'])('%s says that it has no body', async (method) => {
    expect(await sent(() => ({ method }))).toEndWith('\r\ncontent-length: 0\r\n\r\n');
  });

  const bodies: [string, string | Uint8Array, string][] = [
    ['text', '{"a":1}', '{"a":1}'],
    ['text of nothing', '', ''],
    ['text beyond ASCII', 'é漢😀', Buffer.from('é漢😀').toString('latin1')],
    ['half a character', '\ud83d', '\xef\xbf\xbd'],
    ['bytes', new Uint8Array([0, 13, 10, 255]), '\0\r\n\xff'],
    ['bytes in the middle of others', new Uint8Array([1, 2, 3, 4]).subarray(1, 3), '\x02\x03'],
  ];
  test.each(bodies)('with %s says its length', async (_, body, bytes) => {
    for (const headers of [{ 'x-a': 'b' }, { 'x-a': 'caf\xe9' }]) {
      const text = await sent(
        () => ({ method: 'POST', headers, body }),
        (all) => all.endsWith(`\r\n\r\n${bytes}`),
      );
      const head = `POST / HTTP/1.1\r\nhost: 127.0.0.1:port\r\nx-a: ${headers['x-a']}\r\n`;
      expect(text).toBe(`${head}content-length: ${bytes.length}\r\n\r\n${bytes}`);
    }
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((some) =>
    some?.some(({ address }) => address === '::1'),
  );
  test.skipIf(!hasIpv6)('to an IPv6 address has brackets around its host', async () => {
    let head = '';
    const peer = await startPeer(
      answering((socket, _, said) => {
        head = said;
        socket.write(ok());
      }),
      { host: '::1' },
    );
    await withStage(
      () => {},
      async ({ call }) => {
        expect((await call({ url: `http://[::1]:${peer.port}/` })).text).toBe('ok');
      },
    );
    expect(head).toBe(`GET / HTTP/1.1\r\nhost: [::1]:${peer.port}`);
    await peer.stop();
  });

  test('goes out in one piece', async () => {
    let pieces = 0;
    await withStage(
      (socket) => {
        socket.on('data', () => {
          pieces++;
          setTimeout(() => socket.write(ok()), 20);
        });
      },
      async ({ call }) => {
        await call({ method: 'POST', body: 'x'.repeat(10_000) });
      },
    );
    expect(pieces).toBe(1);
  });

  test('frames itself, whatever it is told', async () => {
    const headers = {
      host: 'evil.test',
      'content-length': '7',
      'transfer-encoding': 'chunked',
      connection: 'close',
    };
    const text = await sent(
      () => ({ method: 'POST', headers, body: 'hello' }),
      (all) => all.endsWith('hello'),
    );
    expect(text).toBe('POST / HTTP/1.1\r\nhost: 127.0.0.1:port\r\ncontent-length: 5\r\n\r\nhello');
  });

  test('follows headers that change', async () => {
    const heads: string[] = [];
    await withStage(
      (socket) => {
        socket.on('data', (bytes) => {
          heads.push(/x-a: (.*)\r/.exec(bytes.toString())?.[1] ?? '');
          socket.write(ok());
        });
      },
      async ({ call }) => {
        for (const value of ['one', 'two', 'one']) await call({ headers: { 'x-a': value } });
        await call({ headers: {} });
      },
    );
    expect(heads).toEqual(['one', 'two', 'one', '']);
  });
});

describe('what has no place in a head is refused before anything is sent', () => {
  const refused: [string, Record<string, string>][] = [
    ['a line end in a value', { 'x-a': 'b\r\nx-c: d' }],
    ['a whole request in a value', { 'x-a': 'b\r\n\r\nGET /other HTTP/1.1\r\nhost: x' }],
    ['a line feed in a value', { 'x-a': 'b\nx-c: d' }],
    ['a carriage return in a value', { 'x-a': 'b\rc' }],
    ['a line end at the end of a value', { 'x-a': 'b\r\n' }],
    ['a zero byte in a value', { 'x-a': 'b\0' }],
    ['a control character in a value', { 'x-a': '\x1b' }],
    ['a character that is no byte', { 'x-a': 'b\u{1f600}' }],
    ['a character whose low byte ends a line', { 'x-a': 'b\u010d\u010ax-c: d' }],
    ['a name of nothing', { '': 'b' }],
    ['a line end in a name', { 'x-a: b\r\nx-c': 'd' }],
    ['a colon in a name', { 'x-a:': 'b' }],
    ['a blank in a name', { 'x a': 'b' }],
    ['a name beyond ASCII', { 'x-ä': 'b' }],
  ];
  test.each(refused)('%s', async (_, headers) => {
    await withStage(
      () => {},
      async ({ client, request, peer }) => {
        expect(() => client.send(request({ headers }))).toThrow(TypeError);
        await Bun.sleep(10);
        expect(peer.accepted()).toBe(0);
      },
    );
  });

  test.each([
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'data:,x',
    'ws://127.0.0.1/',
    'nonsense',
    '',
    '//x/',
    'http://',
  ])('the address %j', async (url) => {
    await withStage(
      () => {},
      async ({ client, request }) => {
        expect(() => client.send(request({ url }))).toThrow(TypeError);
      },
    );
  });

  test('a line end in an address is no line end on the wire', async () => {
    const line = await sent((url) => ({ url: `${url}a\r\nb%0d%0ac?d\n=e\tf g` }));
    expect(line).toBe('GET /ab%0d%0ac?d=ef%20g HTTP/1.1\r\nhost: 127.0.0.1:port\r\n\r\n');
  });
});

/** Reads nothing until told, then slowly, and says what came after the head. */
function slowly(socket: Socket, hash: Bun.CryptoHasher, whole: number): void {
  let head = Buffer.alloc(0);
  let got = -1;
  socket.pause();
  socket.on('data', (bytes: Buffer) => {
    let body = bytes;
    if (got === -1) {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      got = 0;
      body = head.subarray(end + 4);
    }
    got += body.length;
    hash.update(body);
    if (got >= whole) socket.write(ok(String(got)));
    else {
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    }
  });
  setTimeout(() => socket.resume(), 50);
}

describe('a body larger than a socket takes at once arrives whole', () => {
  const bytes = Buffer.alloc(24_000_001);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + (at >> 8)) & 127;
  const wide = 'é漢😀x'.repeat(2_400_000);
  test.each([
    ['bytes', bytes, bytes],
    ['ASCII', bytes.toString('latin1'), bytes],
    ['text beyond ASCII', wide, Buffer.from(wide)],
  ])(
    '%s',
    async (_, body, expected) => {
      const hash = new Bun.CryptoHasher('sha256');
      await withStage(
        (socket) => slowly(socket, hash, expected.length),
        async ({ call }) => {
          expect(await call({ method: 'POST', body })).toEqual({
            status: 200,
            text: String(expected.length),
          });
        },
      );
      expect(hash.digest('hex')).toBe(new Bun.CryptoHasher('sha256').update(expected).digest('hex'));
    },
    30_000,
  );
});
