/** Calls that are given up, wherever they stand, and bodies that are read slowly: nothing is left, nobody is hurried. */
import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { eventually } from '../../support/eventually.ts';
import { answering, bytesOf, codeOf, ok, withStage } from './stage.ts';

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n';

describe('a call given up', () => {
  test('before there is a connection', async () => {
    await withStage(
      () => {},
      async ({ client, request, peer }) => {
        const sending = client.send(request());
        expect(sending.isConnected).toBe(false);
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
        await Bun.sleep(30);
        await eventually(() => peer.open() === 0, 'the connection closing');
      },
    );
  });

  test('before there is a connection, that then cannot be made', async () => {
    await withStage(
      () => {},
      async ({ client, request }) => {
        const sending = client.send(request({ url: 'http://nowhere.invalid/' }));
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
        await Bun.sleep(30);
      },
    );
  });

  test('before the head', async () => {
    let isReset = false;
    await withStage(
      (socket) => {
        socket.on('error', () => {
          isReset = true;
        });
        socket.resume();
      },
      async ({ client, request }) => {
        const sending = client.send(request());
        await eventually(() => sending.isConnected === true, 'the connection');
        sending.cancel();
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
        await eventually(() => isReset, 'the reset');
      },
    );
  });

  test('in the midst of sending', async () => {
    await withStage(
      (socket) => void socket.pause(),
      async ({ client, request, peer }) => {
        const sending = client.send(request({ method: 'POST', body: Buffer.alloc(32 << 20) }));
        await eventually(() => peer.open() === 1, 'the connection');
        await Bun.sleep(20);
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
      },
    );
  });

  test('in the midst of sending a stream, which is let go', async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await Bun.sleep(2);
        controller.enqueue(new Uint8Array(100_000));
      },
      cancel() {
        isCancelled = true;
      },
    });
    await withStage(
      (socket) => void socket.pause(),
      async ({ client, request, peer }) => {
        const sending = client.send(request({ method: 'POST', body }));
        await eventually(() => peer.open() === 1, 'the connection');
        await Bun.sleep(200);
        sending.cancel();
        expect(await codeOf(sending.reply)).toBe('Cancelled');
        await eventually(() => isCancelled, 'the end of the stream');
      },
    );
  });

  const stages: [string, string, (taken: () => Promise<void>) => Promise<void>][] = [
    ['after the head', head, async () => {}],
    ['in mid body', `${head}hello`, async (taken) => await taken()],
    ['at the end, unread', `${head}0123456789`, async () => {}],
  ];
  test.each(stages)('%s', async (_, bytes, wait) => {
    for (const by of ['the sending', 'the body'])
      await withStage(
        answering((socket) => void socket.write(bytes)),
        async ({ client, request, peer }) => {
          const sending = client.send(request());
          const { body } = await sending.reply;
          let said = '';
          await wait(
            () =>
              new Promise((resolve) => {
                body?.read({
                  chunk: (piece) => {
                    said += piece.length;
                    resolve();
                  },
                  end: () => {
                    said += ' end';
                  },
                  failed: () => {
                    said += ' failed';
                  },
                });
              }),
          );
          const before = said;
          if (by === 'the body') body?.cancel();
          else sending.cancel();
          await eventually(() => peer.open() === 0, 'the connection closing');
          expect([said, client.idleConnections]).toEqual([before, 0]);
        },
      );
  });

  test('inside its first chunk says nothing more', async () => {
    let chunks = 0;
    const more = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n';
    await withStage(
      answering((socket) => void socket.write(more)),
      async ({ client, request, peer }) => {
        const { body } = await client.send(request()).reply;
        const told: string[] = [];
        body?.read({
          chunk: () => {
            chunks++;
            body.cancel();
          },
          end: () => told.push('end'),
          failed: () => told.push('failed'),
        });
        await eventually(() => peer.open() === 0, 'the connection closing');
        expect([chunks, told, client.idleConnections]).toEqual([1, [], 0]);
      },
    );
  });

  test('after its end leaves the connection to the next', async () => {
    await withStage(
      answering((socket, earlier) => void setTimeout(() => socket.write(ok(String(earlier))), 20)),
      async ({ client, request, call, peer }) => {
        const first = client.send(request());
        const { body } = await first.reply;
        if (body !== null) await bytesOf(body);
        const second = call();
        first.cancel();
        body?.cancel();
        body?.pause();
        expect(await second).toEqual({ status: 200, text: '1' });
        expect(peer.accepted()).toBe(1);
      },
    );
  });

  test('a thousand times at any moment leaves nothing', async () => {
    await withStage(
      answering((socket) => {
        socket.write(head);
        setTimeout(() => socket.write('01234'), 1);
        setTimeout(() => socket.write('56789'), 3);
      }),
      async ({ client, request, peer }) => {
        for (let round = 0; round < 20; round++)
          await Promise.all(
            Array.from({ length: 50 }, async (_, at) => {
              const sending = client.send(request());
              sending.reply
                .then(({ body }) => body?.read({ chunk() {}, end() {}, failed() {} }))
                .catch(() => {});
              await Bun.sleep(at % 8);
              sending.cancel();
            }),
          );
        await eventually(() => peer.open() === client.idleConnections, 'all but the idle closing');
      },
    );
  });
});

/** Writes as much as it is let, and counts. */
function pouring(count: (bytes: number) => void, whole: number): (socket: Socket) => void {
  return answering((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${whole}\r\n\r\n`);
    let written = 0;
    const go = () => {
      while (written < whole) {
        written += 65_536;
        count(65_536);
        if (!socket.write(Buffer.alloc(65_536, 7))) return void socket.once('drain', go);
      }
    };
    go();
  });
}

describe('a body that is read slowly', () => {
  const whole = 64 << 20;
  test('holds its sender back before it is asked for, and while it is paused', async () => {
    let written = 0;
    await withStage(
      pouring((bytes) => {
        written += bytes;
      }, whole),
      async ({ client, request, call, peer }) => {
        const { body } = await client.send(request()).reply;
        await Bun.sleep(200);
        const before = written;
        expect(before).toBeLessThan(whole / 4);
        let got = 0;
        let afterPause = 0;
        let isPaused = false;
        const end = Promise.withResolvers<void>();
        body?.read({
          chunk: (bytes) => {
            got += bytes.length;
            if (isPaused) afterPause += bytes.length;
            if (!isPaused && got > 4 << 20 && got < whole / 2) {
              isPaused = true;
              body.pause();
              setTimeout(() => {
                isPaused = false;
                body.resume();
              }, 20);
            }
          },
          end: end.resolve,
          failed: end.reject,
        });
        await end.promise;
        expect([got, afterPause]).toEqual([whole, 0]);
        expect(client.idleConnections).toBe(1);
        expect(peer.accepted()).toBe(1);
        client.close();
        expect(await codeOf(call({ url: 'http://nowhere.invalid' }))).toBe('ENOTFOUND');
      },
    );
  }, 20_000);

  test('may be paused at each chunk of many in one piece', async () => {
    const chunks = Array.from({ length: 100 }, (_, at) => `1\r\n${String.fromCharCode(65 + (at % 26))}\r\n`);
    await withStage(
      answering((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`);
      }),
      async ({ client, request, call, peer }) => {
        for (const synchronous of [true, false]) {
          const { body } = await client.send(request()).reply;
          let text = '';
          await new Promise<void>((resolve, reject) => {
            body?.read({
              chunk(bytes) {
                text += Buffer.from(bytes);
                body.pause();
                if (synchronous) body.resume();
                else setTimeout(() => body.resume(), 0);
              },
              end: resolve,
              failed: reject,
            });
          });
          expect(text).toBe(chunks.map((chunk) => chunk[3]).join(''));
        }
        expect((await call()).text.length).toBe(100);
        expect(peer.accepted()).toBe(1);
      },
    );
  });

  test('paused at its last chunk is told of its end when it resumes', async () => {
    await withStage(
      answering((socket) => void socket.write(ok('hello'))),
      async ({ client, request }) => {
        const { body } = await client.send(request()).reply;
        const told: string[] = [];
        body?.read({
          chunk: (bytes) => {
            told.push(String(Buffer.from(bytes)));
            body.pause();
          },
          end: () => told.push('end'),
          failed: () => told.push('failed'),
        });
        await Bun.sleep(30);
        expect([told, client.idleConnections]).toEqual([['hello'], 0]);
        body?.resume();
        expect([told, client.idleConnections]).toEqual([['hello', 'end'], 1]);
      },
    );
  });

  test('whose reader throws fails alone', async () => {
    await withStage(
      answering((socket) => void socket.write(ok('hello'))),
      async ({ client, request, call }) => {
        const { body } = await client.send(request()).reply;
        const failed = Promise.withResolvers<unknown>();
        body?.read({
          chunk() {
            throw new RangeError('mine');
          },
          end() {},
          failed: failed.resolve,
        });
        expect(String(await failed.promise)).toBe('RangeError: mine');
        expect(client.idleConnections).toBe(0);
        expect((await call()).text).toBe('hello');
      },
    );
  });
});
