/** Connections that serve one request after another, and those that must not. */
import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { directoryWith, runSource } from '../../support/bun-program.ts';
import { eventually } from '../../support/eventually.ts';
import { answering, codeOf, ok, withStage } from './stage.ts';

describe('a connection is used again', () => {
  test.each([
    ['a length', ok()],
    ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n'],
    ['HTTP/1.0 that says so', 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok'],
    ['a time that is long enough', ok('ok', 'keep-alive: timeout=60, max=100\r\n')],
    ['a time that is no number', ok('ok', 'keep-alive: timeout=soon\r\n')],
  ])('after %s', async (_, reply) => {
    await withStage(
      answering((socket) => void socket.write(reply)),
      async ({ call, client, peer }) => {
        for (let at = 0; at < 5; at++) {
          expect(await call()).toEqual({ status: 200, text: 'ok' });
          expect(client.idleConnections).toBe(1);
        }
        expect(peer.accepted()).toBe(1);
      },
    );
  });

  test('but not by two requests at once, and the one used last comes first', async () => {
    const seen: string[] = [];
    let count = 0;
    await withStage(
      (socket) => {
        const name = `c${count++}`;
        answering((_, __, head) => {
          seen.push(name);
          setTimeout(() => socket.write(ok()), head.includes('slow') ? 60 : 10);
        })(socket);
      },
      async ({ call, client, url, peer }) => {
        await Promise.all([call(), call({ url: `${url}slow` })]);
        expect(peer.accepted()).toBe(2);
        expect(client.idleConnections).toBe(2);
        const last = seen[1];
        seen.length = 0;
        for (let at = 0; at < 3; at++) await call();
        expect(seen).toEqual([last, last, last] as string[]);
      },
    );
  });

  test('at once, by who is told of the end', async () => {
    await withStage(
      answering((socket) => void socket.write(ok())),
      async ({ client, request, call, peer }) => {
        const { body } = await client.send(request()).reply;
        const second = await new Promise<unknown>((resolve, reject) => {
          body?.read({ chunk() {}, end: () => resolve(call()), failed: reject });
        });
        expect(second).toEqual({ status: 200, text: 'ok' });
        expect(peer.accepted()).toBe(1);
      },
    );
  });
});

describe('a connection is not used again', () => {
  test.each([
    ['when the reply says so', ok('ok', 'connection: close\r\n')],
    ['when the reply says so among others', ok('ok', 'connection: x-a, Close\r\n')],
    ['after HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    [
      'after a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['when it is kept for too short', ok('ok', 'keep-alive: timeout=1\r\n')],
    ['when it is kept for no time', ok('ok', 'keep-alive: max=5, timeout=0\r\n')],
  ])('%s', async (_, reply) => {
    await withStage(
      answering((socket) => void socket.write(reply)),
      async ({ call, peer }) => {
        for (let at = 0; at < 3; at++) expect(await call()).toEqual({ status: 200, text: 'ok' });
        expect(peer.accepted()).toBe(3);
      },
    );
  });

  test('when it has ended before its reply was read', async () => {
    await withStage(
      answering((socket) => void socket.end(ok())),
      async ({ client, request, peer }) => {
        const { body } = await client.send(request()).reply;
        await eventually(() => peer.open() === 0, 'the end');
        await Bun.sleep(20);
        const idle = await new Promise((resolve, reject) => {
          body?.read({ chunk() {}, end: () => resolve(client.idleConnections), failed: reject });
        });
        expect(idle).toBe(0);
      },
    );
  });

  const forged = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged';
  const firsts: [string, string][] = [
    ['a length', ok()],
    ['a length of nothing', ok('')],
    ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['a body that must not be', 'HTTP/1.1 204 No Content\r\ncontent-length: 6\r\n\r\n'],
  ];
  describe.each(firsts)('when more comes after %s', (_, first) => {
    const inTime: Record<string, (socket: Socket) => void> = {
      'in the same piece': (socket) => void socket.write(first + forged),
      'in part in the same piece': (socket) => {
        socket.write(first + forged.slice(0, 9));
        setTimeout(() => socket.write(forged.slice(9)), 10);
      },
      'in the next piece': (socket) =>
        void socket.write(first, () => setTimeout(() => socket.write(forged), 20)),
    };
    test.each(Object.keys(inTime))('%s', async (when) => {
      let isFirst = true;
      await withStage(
        answering((socket) => {
          if (isFirst) inTime[when]?.(socket);
          else socket.write(ok('true'));
          isFirst = false;
        }),
        async ({ call, peer, client }) => {
          expect((await call()).text).not.toContain('forged');
          await eventually(() => client.idleConnections === 0, 'the connection going');
          expect(await call()).toEqual({ status: 200, text: 'true' });
          expect(peer.accepted()).toBe(2);
        },
      );
    });

    test('while nobody has read it', async () => {
      let count = 0;
      await withStage(
        answering((socket) => {
          if (++count !== 2) return void socket.write(ok('true'));
          socket.write(first, () => setTimeout(() => socket.write(forged), 10));
        }),
        async ({ client, request, call, peer }) => {
          expect(await call()).toEqual({ status: 200, text: 'true' });
          const { body } = await client.send(request()).reply;
          await Bun.sleep(50);
          await new Promise<void>((resolve, reject) => {
            if (body === null) resolve();
            else body.read({ chunk() {}, end: resolve, failed: reject });
          });
          expect(client.idleConnections).toBe(0);
          expect(await call()).toEqual({ status: 200, text: 'true' });
          expect(peer.accepted()).toBe(2);
        },
      );
    });
  });
});

describe('an idle connection that the other side gives up', () => {
  test.each(['end', 'resetAndDestroy', 'destroy'] as const)('by %s is forgotten', async (how) => {
    const sockets: Socket[] = [];
    await withStage(
      (socket) => {
        sockets.push(socket);
        answering(() => void socket.write(ok()))(socket);
      },
      async ({ call, client, peer }) => {
        await call();
        sockets[0]?.[how]();
        await eventually(() => client.idleConnections === 0, 'the connection going');
        expect(await call()).toEqual({ status: 200, text: 'ok' });
        expect(peer.accepted()).toBe(2);
      },
    );
  });
});

describe('a connection that ends as the next request goes out', () => {
  const ways = ['end', 'resetAndDestroy'] as const;
  test.each(ways)('by %s: that is sent once more, on a new one', async (how) => {
    const heads: string[] = [];
    await withStage(
      answering((socket, earlier, head) => {
        heads.push(head.split(' ')[0] ?? '');
        if (earlier === 0) socket.write(ok());
        else socket[how]();
      }),
      async ({ call, peer }) => {
        await call();
        expect(await call({ method: 'POST' })).toEqual({ status: 200, text: 'ok' });
        expect(heads).toEqual(['GET', 'POST', 'POST']);
        expect(peer.accepted()).toBe(2);
      },
    );
  });

  test.each(ways)('by %s: a new one that ends so too is not followed by another', async (how) => {
    let count = 0;
    await withStage(
      answering((socket) => {
        if (count++ === 0) socket.write(ok());
        else socket[how]();
      }),
      async ({ call, peer }) => {
        await call();
        expect(await codeOf(call())).toBe(how === 'end' ? 'ConnectionClosed' : 'ECONNRESET');
        expect(count).toBe(3);
        expect(peer.accepted()).toBe(2);
      },
    );
  });

  test('by a word: it has been heard, and is not sent twice', async () => {
    let count = 0;
    await withStage(
      answering((socket, earlier) => {
        count++;
        if (earlier === 0) socket.write(ok());
        else socket.end('H');
      }),
      async ({ call }) => {
        await call();
        expect(await codeOf(call())).toBe('ConnectionClosed');
        expect(count).toBe(2);
      },
    );
  });

  test('after a while: it may have been worked on, and is not sent twice', async () => {
    let count = 0;
    await withStage(
      answering((socket, earlier) => {
        count++;
        if (earlier === 0) socket.write(ok());
        else setTimeout(() => socket.end(), 1_200);
      }),
      async ({ call }) => {
        await call();
        expect(await codeOf(call())).toBe('ConnectionClosed');
        expect(count).toBe(2);
      },
    );
  });

  test('with a body that streams: what has been read of that is gone, and it is not sent twice', async () => {
    let count = 0;
    await withStage(
      answering((socket, earlier, head) => {
        if (head.includes('HTTP/1.1')) count++;
        if (earlier === 0) socket.write(ok());
        else socket.end();
      }),
      async ({ call }) => {
        await call();
        const body = new Blob(['streamed']).stream();
        expect(await codeOf(call({ method: 'POST', body }))).toBe('ConnectionClosed');
        expect(count).toBe(2);
      },
    );
  });

  test('after it was cancelled: it is not sent again', async () => {
    let count = 0;
    await withStage(
      answering((socket, earlier) => {
        count++;
        if (earlier === 0) socket.write(ok());
        else setTimeout(() => socket.end(), 50);
      }),
      async ({ call, client, request }) => {
        await call();
        const sending = client.send(request());
        await eventually(() => count === 2, 'the request');
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
        await Bun.sleep(100);
        expect(count).toBe(2);
      },
    );
  });
});

test('connections to other origins are their own', async () => {
  await withStage(
    answering((socket) => void socket.write(ok('one'))),
    async (one) => {
      await withStage(
        answering((socket) => void socket.write(ok('two'))),
        async (two) => {
          for (let at = 0; at < 3; at++) {
            expect((await one.call()).text).toBe('one');
            expect((await one.call({ url: two.url })).text).toBe('two');
            expect((await one.call({ url: one.url.replace('127.0.0.1', 'localhost') })).text).toBe('one');
          }
          expect([one.peer.accepted(), two.peer.accepted(), one.client.idleConnections]).toEqual([2, 1, 3]);
          one.client.close();
        },
      );
    },
  );
});

test('no more wait than 256', async () => {
  const sockets: Socket[] = [];
  await withStage(
    (socket) => {
      sockets.push(socket);
      answering(() => {})(socket);
    },
    async ({ call, client, peer }) => {
      const calls = Array.from({ length: 300 }, () => call());
      await eventually(() => sockets.length === 300, 'all connections');
      for (const socket of sockets) socket.write(ok());
      await Promise.all(calls);
      expect(client.idleConnections).toBe(256);
      await eventually(() => peer.open() === 256, 'the others closing');
    },
  );
});

test('an idle connection keeps no process', async () => {
  await withStage(
    answering((socket) => void socket.write(ok())),
    async ({ url }) => {
      const client = new URL('../../../src/upstream/http1/client.ts', import.meta.url).pathname;
      const request = { method: 'GET', url, headers: {} };
      const dir = directoryWith({
        'main.ts': `
import { HttpClient } from '${client}';
const { status } = await new HttpClient({ environment: {} }).send(${JSON.stringify(request)}).reply;
console.log(status);`,
      });
      const { out, code } = await runSource(dir, 'main.ts');
      dir.remove();
      expect([out, code]).toEqual(['200', 0]);
    },
  );
});
