/** Replies as they come over a connection: cut, slow, early, broken off. */
import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { eventually } from '../../support/eventually.ts';
import { answering, codeOf, ok, outcomeOf, withStage } from './stage.ts';

const later = (ms: number, act: () => void) => void setTimeout(act, ms);
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

describe('a reply that comes in single bytes is read as one', () => {
  test.each([
    ['with a length', ok('hello')],
    ['in chunks', `${chunked}2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nx-trailer: y\r\n\r\n`],
    [
      'after words in between',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n${ok('hello')}`,
    ],
  ])('%s', async (_, reply) => {
    await withStage(
      answering(async (socket) => {
        socket.setNoDelay(true);
        for (const byte of reply) {
          socket.write(byte);
          await Bun.sleep(0);
        }
      }),
      async ({ call, client, peer }) => {
        for (let at = 0; at < 2; at++) expect(await call()).toEqual({ status: 200, text: 'hello' });
        expect(client.idleConnections).toBe(1);
        expect(peer.accepted()).toBe(1);
      },
    );
  });
});

test('a HEAD has the headers and no body, and its connection goes on', async () => {
  await withStage(
    answering((socket, _, head) => {
      socket.write(head.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n' : ok());
    }),
    async ({ call, client, request, peer }) => {
      const { status, headers, body } = await client.send(request({ method: 'HEAD' })).reply;
      expect([status, headers.get('content-length'), body]).toEqual([200, '500', null]);
      expect(await call()).toEqual({ status: 200, text: 'ok' });
      expect(peer.accepted()).toBe(1);
    },
  );
});

test.each([204, 304])('a %d has no body, whatever it says', async (status) => {
  await withStage(
    answering((socket) => void socket.write(`HTTP/1.1 ${status} So\r\ncontent-length: 500\r\n\r\n`)),
    async ({ client, request, peer }) => {
      for (let at = 0; at < 3; at++) expect((await client.send(request()).reply).body).toBeNull();
      expect(peer.accepted()).toBe(1);
    },
  );
});

describe('a reply that ends with its connection', () => {
  const head = 'HTTP/1.1 200 OK\r\n\r\n';
  test('is whole when the connection is ended', async () => {
    await withStage(
      answering((socket) => {
        socket.write(head);
        later(10, () => socket.write('hel'));
        later(20, () => socket.end('lo'));
      }),
      async ({ call, client }) => {
        expect(await call()).toEqual({ status: 200, text: 'hello' });
        expect(client.idleConnections).toBe(0);
      },
    );
  });
  test('is of nothing when that is all', async () => {
    await withStage(
      answering((socket) => void socket.end(head)),
      async ({ call }) => {
        expect(await call()).toEqual({ status: 200, text: '' });
      },
    );
  });
  test('is cut when the connection is reset', async () => {
    await withStage(
      answering((socket) => {
        socket.write(`${head}hello`);
        later(30, () => socket.resetAndDestroy());
      }),
      async ({ call }) => {
        expect(await codeOf(call())).toBe('ECONNRESET');
      },
    );
  });
  test('is cut when the connection is reset while nobody reads, after what came before', async () => {
    await withStage(
      answering((socket) => {
        socket.write(`${head}hello`);
        later(10, () => socket.resetAndDestroy());
      }),
      async ({ client, request, peer }) => {
        const { body } = await client.send(request()).reply;
        await eventually(() => peer.open() === 0, 'the reset');
        await Bun.sleep(20);
        let text = '';
        const failure = await new Promise((resolve) => {
          body?.read({
            chunk: (bytes) => {
              text += Buffer.from(bytes);
            },
            end: () => resolve('the end'),
            failed: resolve,
          });
        });
        expect([text, (failure as { code?: string }).code]).toEqual(['hello', 'ECONNRESET']);
      },
    );
  });
});

describe('a reply that is cut', () => {
  const cuts: [string, string][] = [
    ['before it begins', ''],
    ['in its head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['after a word in between', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['before its body', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'],
    ['in its body', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell'],
    ['in the size of a chunk', `${chunked}5`],
    ['in a chunk', `${chunked}5\r\nhell`],
    ['between chunks', `${chunked}5\r\nhello\r\n`],
    ['before the last line', `${chunked}5\r\nhello\r\n0\r\n`],
  ];
  test.each(cuts)('%s', async (_, part) => {
    for (const how of ['end', 'resetAndDestroy'] as const)
      await withStage(
        answering((socket) => {
          if (part === '') socket[how]();
          else socket.write(part, () => later(10, () => socket[how]()));
        }),
        async ({ call, client, peer }) => {
          expect(await codeOf(call())).toBe(how === 'end' ? 'ConnectionClosed' : 'ECONNRESET');
          expect(client.idleConnections).toBe(0);
          expect(peer.accepted()).toBe(1);
        },
      );
  });
});

describe('what is no HTTP/1 fails at once, and its connection is closed', () => {
  test.each([
    ['a greeting', '220 mail.test ESMTP\r\n'],
    ['HTTP/2', '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80'],
    ['a TLS alert', '\x15\x03\x01\0\x02\x02\x46'],
    ['a head with bare line feeds', 'HTTP/1.1 200 OK\n\nhello\r\n\r\n'],
    ['a header folded', 'HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['an endless head', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1 << 19)}`],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
    ['a bad chunk in the same piece', `${chunked}zz\r\n`],
    ['a bad chunk after a good one', `${chunked}1\r\na\r\n-1\r\n`],
  ])('%s', async (_, bytes) => {
    await withStage(
      answering((socket) => void socket.write(Buffer.from(bytes, 'latin1'))),
      async ({ call, client, peer }) => {
        expect(await codeOf(call())).toBe('Malformed_HTTP_Response');
        expect(client.idleConnections).toBe(0);
        await eventually(() => peer.open() === 0, 'the connection closing');
      },
    );
  });

  test('a bad chunk that comes later', async () => {
    await withStage(
      answering((socket) => {
        socket.write(`${chunked}1\r\na\r\n`);
        later(20, () => socket.write('1\rb'));
      }),
      async ({ call, peer }) => {
        expect(await codeOf(call())).toBe('Malformed_HTTP_Response');
        await eventually(() => peer.open() === 0, 'the connection closing');
      },
    );
  });
});

describe('a reply that comes before its request is sent', () => {
  const large = Buffer.alloc(32 << 20);
  const refusal = 'HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nmuch';
  const ways: Record<string, (socket: Socket) => void> = {
    'on a connection that stays': (socket) => {
      socket.once('data', () => {
        socket.pause().write(refusal);
        later(100, () => socket.resume());
      });
    },
    'and ends the connection': (socket) => {
      socket.once('data', () => {
        socket.pause().end(refusal);
        later(100, () => socket.resume());
      });
    },
    'and resets the connection': (socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write(refusal, () => later(20, () => socket.resetAndDestroy()));
      });
    },
  };
  test.each(Object.keys(ways))('%s arrives', async (way) => {
    await withStage(
      (socket) => ways[way]?.(socket),
      async ({ call, client }) => {
        expect(await call({ method: 'POST', body: large })).toEqual({ status: 413, text: 'much' });
        expect(client.idleConnections).toBe(0);
      },
    );
  });
  test('is the last of its connection also when the request is sent in the end', async () => {
    let got = 0;
    await withStage(
      (socket) => {
        socket.once('data', () => {
          socket.pause();
          socket.write(refusal);
          later(50, () => socket.resume());
        });
        socket.on('data', (bytes) => {
          got += bytes.length;
        });
        socket.on('end', () => socket.end());
      },
      async ({ call, client }) => {
        expect((await call({ method: 'POST', body: large })).status).toBe(413);
        expect(client.idleConnections).toBe(0);
        expect(got).toBeLessThan(large.length);
      },
    );
  });
  test('arrives whole when the connection is reset while the rest is still sent, before anyone reads it', async () => {
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Bun.sleep(2);
        controller.enqueue(new Uint8Array(1_000));
      },
    });
    await withStage(
      (socket) => {
        socket.once('data', () => socket.write(refusal, () => later(20, () => socket.resetAndDestroy())));
        socket.resume();
      },
      async ({ client, request, peer }) => {
        const reply = await client.send(request({ method: 'POST', body })).reply;
        await eventually(() => peer.open() === 0, 'the reset');
        await Bun.sleep(30);
        expect(await outcomeOf(reply)).toEqual({ status: 413, text: 'much' });
      },
    );
  });
  test('arrives whole when the connection is reset before anyone reads it', async () => {
    await withStage(
      answering((socket) => {
        socket.write(ok('x'.repeat(100_000)), () => later(10, () => socket.resetAndDestroy()));
      }),
      async ({ client, request, peer }) => {
        const reply = await client.send(request()).reply;
        await eventually(() => peer.open() === 0, 'the reset');
        await Bun.sleep(20);
        const read = Promise.withResolvers<string>();
        let length = 0;
        reply.body?.read({
          chunk: (bytes) => {
            length += bytes.length;
          },
          end: () => read.resolve('whole'),
          failed: (thrown) => read.resolve(String(thrown)),
        });
        expect([await read.promise, length]).toEqual(['whole', 100_000]);
      },
    );
  });
});

describe('no connection', () => {
  test('refused', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<string>();
    await withStage(
      () => {},
      async ({ url }) => resolve(url),
    );
    const url = await gone;
    await withStage(
      () => {},
      async ({ call }) => {
        expect(await codeOf(call({ url }))).toBe('ECONNREFUSED');
      },
    );
  });
  test.each(['http://nowhere.invalid/', 'https://nowhere.invalid/'])('unknown: %s', async (url) => {
    await withStage(
      () => {},
      async ({ call }) => {
        expect(await codeOf(call({ url }))).toBe('ENOTFOUND');
      },
    );
  });
});
