/** What `Bun.connect` makes of TCP: partial writes, back-pressure, endings, failures to connect, faults of handlers. */
import { describe, expect, test } from 'bun:test';
import type { Socket as PeerSocket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Socket, SocketHandler } from 'bun';
import { eventually } from '../support/eventually.ts';
import { startPeer } from '../support/peer.ts';

/** Plays against a client whose events are written down, each as it is told. */
async function withClient(
  play: (socket: PeerSocket) => void,
  act: (socket: Socket, told: string[]) => Promise<void> | void,
  handlers: Pick<SocketHandler, 'open' | 'data' | 'drain' | 'end'> = {},
): Promise<void> {
  const peer = await startPeer(play);
  const told: string[] = [];
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: peer.port,
    socket: {
      open(opened) {
        told.push('open');
        return handlers.open?.(opened);
      },
      data(from, bytes) {
        told.push(`data ${bytes.length}`);
        return handlers.data?.(from, bytes);
      },
      drain: (from) => handlers.drain?.(from),
      end(from) {
        told.push('end');
        return handlers.end?.(from);
      },
      close: (_, error) =>
        void told.push(`close ${(error as { code?: string } | undefined)?.code ?? ''}`.trim()),
      error: (_, error) => void told.push(`error ${error.message}`),
    },
  });
  try {
    await act(socket, told);
  } finally {
    socket.terminate();
    await peer.stop();
  }
}

const after = (ms: number, act: () => void) => void setTimeout(act, ms);

describe('write', () => {
  test('says how many bytes of UTF-8 it took, and keeps no more of them', () => {
    const text = 'é漢😀x'.repeat(2_000_000);
    const bytes = Buffer.from(text);
    const got: Buffer[] = [];
    let peer: PeerSocket | undefined;
    let drained = 0;
    return withClient(
      (socket) => {
        peer = socket.pause().on('data', (piece: Buffer) => void got.push(piece));
      },
      async (socket) => {
        await eventually(() => peer !== undefined, 'the peer');
        let taken = socket.write(text);
        expect(taken).toBeGreaterThan(0);
        expect(taken).toBeLessThan(bytes.length);
        expect(socket.write('more')).toBe(0);
        drained = 0;
        peer?.resume();
        await eventually(() => drained > 0, 'a drain');
        while (taken < bytes.length) {
          taken += socket.write(bytes, taken, bytes.length - taken);
          await Bun.sleep(1);
        }
        await eventually(() => got.reduce((sum, { length }) => sum + length, 0) >= bytes.length, 'all of it');
        expect(Buffer.concat(got).equals(bytes)).toBe(true);
      },
      { drain: () => void drained++ },
    );
  });

  test('of an offset without a length throws', () =>
    withClient(
      () => {},
      (socket) => {
        expect(() => socket.write(Buffer.from('abcdef'), 2)).toThrow(RangeError);
        expect(socket.write(Buffer.from('abcdef'), 2, 3)).toBe(3);
      },
    ));

  test.each(['terminate', 'close', 'end'] as const)('says -1 after %s()', (how) =>
    withClient(
      () => {},
      (socket) => {
        socket[how]();
        expect(socket.write('x')).toBe(-1);
      },
    ),
  );
});

test('open comes later than the call, and before its promise resolves', async () => {
  const peer = await startPeer(() => {});
  const told: string[] = [];
  const socket = { open: () => void told.push('open'), data() {} };
  const connecting = Bun.connect({ hostname: '127.0.0.1', port: peer.port, socket }).then((opened) => {
    told.push('resolved');
    return opened;
  });
  expect(told).toEqual([]);
  (await connecting).terminate();
  expect(told).toEqual(['open', 'resolved']);
  await peer.stop();
});

test('the bytes of an event may be kept', () => {
  const kept: Buffer[] = [];
  return withClient(
    async (socket) => {
      for (let at = 0; at < 50; at++) {
        socket.write(Buffer.alloc(1_000, at));
        await Bun.sleep(1);
      }
      socket.end();
    },
    async (_, told) => {
      await eventually(() => told.includes('close'), 'the end');
      const all = Buffer.concat(kept);
      expect(all.length).toBe(50_000);
      expect(all.every((byte, at) => byte === Math.floor(at / 1_000))).toBe(true);
      expect(kept.every(({ buffer, length }) => buffer.byteLength === length)).toBe(true);
    },
    { data: (_, bytes) => void kept.push(bytes) },
  );
});

describe('a client paused in its data event', () => {
  test('gets no more, and holds its peer back', () => {
    let written = 0;
    let got = 0;
    return withClient(
      (socket) => {
        const go = () => {
          while (written < 64 << 20) {
            written += 65_536;
            if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', go);
          }
        };
        go();
      },
      async (socket, told) => {
        await eventually(() => told.length > 1, 'data');
        await Bun.sleep(300);
        expect(told.length).toBe(2);
        expect(written).toBeLessThan(32 << 20);
        socket.resume();
        await eventually(() => got === 64 << 20, 'all of it');
      },
      {
        data(socket, bytes) {
          if (got === 0) socket.pause();
          got += bytes.length;
        },
      },
    );
  });

  test('hears of the end when it resumes', () => {
    let isFirst = true;
    return withClient(
      (socket) => {
        socket.write('first');
        after(30, () => socket.end('last'));
      },
      async (socket, told) => {
        await Bun.sleep(150);
        expect(told).toEqual(['open', 'data 5']);
        socket.resume();
        await eventually(() => told.includes('close'), 'the end');
        expect(told).toEqual(['open', 'data 5', 'data 4', 'end', 'close']);
      },
      {
        data(socket) {
          if (isFirst) socket.pause();
          isFirst = false;
        },
      },
    );
  });

  test('hears of a reset at once, and of what came before it', () =>
    withClient(
      (socket) => {
        socket.write('first');
        after(30, () => socket.write('last'));
        after(60, () => socket.resetAndDestroy());
      },
      async (_, told) => {
        await eventually(() => told.includes('close ECONNRESET'), 'the reset');
        expect(told).toEqual(['open', 'data 5', 'data 4', 'close ECONNRESET']);
      },
      { data: (socket) => void socket.pause() },
    ));

  test('is told of a drain that nothing waits for', () => {
    let drained = 0;
    return withClient(
      () => {},
      async (socket) => {
        socket.pause();
        socket.resume();
        await eventually(() => drained > 0, 'a drain');
      },
      { drain: () => void drained++ },
    );
  });
});

describe('the peer ends', () => {
  test.each([
    ['its half', (socket: PeerSocket) => void socket.end('bye'), ['open', 'data 3', 'end', 'close']],
    [
      'by a reset',
      (socket: PeerSocket) => {
        socket.write('bye');
        after(30, () => socket.resetAndDestroy());
      },
      ['open', 'data 3', 'close ECONNRESET'],
    ],
  ])('%s', (_, play, expected) =>
    withClient(play, async (_socket, told) => {
      await eventually(() => told.some((event) => event.startsWith('close')), 'the end');
      expect(told).toEqual(expected);
    }),
  );

  test('and can still be written to in the end event', () => {
    let heard = '';
    return withClient(
      (socket) => {
        socket.on('data', (bytes) => {
          heard += bytes;
        });
        socket.end('x');
      },
      async () => {
        await eventually(() => heard === 'late', 'the last word');
      },
      { end: (socket) => void socket.write('late') },
    );
  });
});

describe('the client ends, and is told so before the call returns:', () => {
  test.each([
    ['terminate', 'ECONNRESET'],
    ['close', 'end'],
    ['end', 'end'],
  ] as const)('%s() is seen as %s', (how, seen) => {
    const heard: string[] = [];
    return withClient(
      (socket) => {
        socket.on('error', (error: Error & { code?: string }) => void heard.push(error.code ?? ''));
        socket.on('end', () => void heard.push('end'));
        socket.resume();
      },
      async (socket, told) => {
        socket[how]();
        expect(told).toEqual(['open', 'close']);
        await eventually(() => heard.length > 0, 'the end');
        expect(heard).toEqual([seen]);
      },
    );
  });
});

describe('no connection', () => {
  const attempt = async (hostname: string, port: number) => {
    const told: string[] = [];
    const connectError = (_: unknown, error: Error & { code?: string }) => void told.push(`${error.code}`);
    const socket = { data() {}, open() {}, connectError };
    const code = await Bun.connect({ hostname, port, socket }).catch((error) => String(error.code));
    return { told, code };
  };

  test('refused is ECONNREFUSED, told twice', async () => {
    const { port, stop } = await startPeer(() => {});
    await stop();
    expect(await attempt('127.0.0.1', port)).toEqual({ told: ['ECONNREFUSED'], code: 'ECONNREFUSED' });
  });
  test('an unknown name is ENOTFOUND, told twice', async () => {
    expect(await attempt('nowhere.invalid', 1)).toEqual({ told: ['ENOTFOUND'], code: 'ENOTFOUND' });
  });
  test('a port that is none throws', () => {
    expect(() => Bun.connect({ hostname: '127.0.0.1', port: 65_536, socket: { data() {} } })).toThrow('port');
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((some) =>
  some?.some(({ address }) => address === '::1'),
);

test.each(hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])(
  'localhost leads to %s when only that listens',
  async (host) => {
    const peer = await startPeer(() => {}, { host });
    const socket = await Bun.connect({ hostname: 'localhost', port: peer.port, socket: { data() {} } });
    expect(socket.remoteAddress).toBe(host);
    socket.terminate();
    await peer.stop();
  },
);

test('what a handler throws goes to the error handler, and the connection goes on', () =>
  withClient(
    (socket) => {
      socket.write('a');
      after(30, () => socket.end('bc'));
    },
    async (_, told) => {
      await eventually(() => told.includes('close'), 'the end');
      expect(told).toEqual(['open', 'data 1', 'error boom', 'data 2', 'error boom', 'end', 'close']);
    },
    {
      data() {
        throw new Error('boom');
      },
    },
  ));
