/** One WebSocket to an upstream: what is kept before anyone listens, how a handshake fails, and that goodbyes are short. */
import { describe, expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import { GatewayError } from '../../src/core/errors.ts';
import { HandshakeRefused, UpstreamSocket } from '../../src/upstream/socket.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { eventually } from '../support/eventually.ts';
import { frame, startRawWebSocketServer } from '../support/raw-websocket.ts';

const wheel = new TimerWheel();

async function connected(
  play: (socket: Socket) => void,
  act: (socket: UpstreamSocket) => Promise<void>,
  answer?: string,
) {
  const server = await startRawWebSocketServer(play, answer);
  const url = `http://127.0.0.1:${server.port}/`;
  const socket = new UpstreamSocket(wheel, { provider: 'p', url, headers: {}, connectMs: 300 });
  try {
    await act(socket);
  } finally {
    socket.terminate();
    await server.stop();
  }
  await eventually(() => wheel.size === 0, 'every deadline given back');
}

function listening(socket: UpstreamSocket) {
  const told: unknown[] = [];
  socket.listen({
    heard: (message) => told.push(message),
    closed: (code, reason) => told.push({ code, reason }),
  });
  return told;
}

test('what comes before anyone listens is kept, and comes first', () =>
  connected(
    (socket) => {
      socket.write(frame('one'));
      setTimeout(() => socket.write(frame('two')), 30);
    },
    async (socket) => {
      await socket.opened;
      await Bun.sleep(80);
      const told = listening(socket);
      await eventually(() => told.length === 2, 'both');
      expect(told).toEqual(['one', 'two']);
    },
  ));

test('an end that came before anyone listened is told', () =>
  connected(
    (socket) => socket.write(Buffer.concat([frame('x'), frame('', { first: 0x88 })])),
    async (socket) => {
      await socket.opened;
      const told = listening(socket);
      await eventually(() => told.length === 2, 'the end');
      expect(told).toEqual(['x', { code: 1005, reason: '' }]);
    },
  ));

test('a peer that never answers the goodbye is left after a second', () =>
  connected(
    () => {},
    async (socket) => {
      await socket.opened;
      const told = listening(socket);
      socket.close(1000, 'é'.repeat(200));
      await Bun.sleep(500);
      expect(told).toEqual([]);
      await eventually(() => told.length === 1, 'the end');
    },
  ));

test.each([1005, 1006, 1015, 42, 70_000])('the code %d, which no frame may carry, goes unsaid', (code) => {
  let heard = Buffer.alloc(0);
  return connected(
    (socket) =>
      socket.on('data', (bytes: Buffer) => {
        heard = Buffer.concat([heard, bytes]);
      }),
    async (socket) => {
      await socket.opened;
      listening(socket);
      socket.close(code, 'why');
      await eventually(() => heard.length >= 6, 'the close');
      expect([...heard.subarray(0, 2)]).toEqual([0x88, 0x80]);
    },
  );
});

describe('a handshake that fails', () => {
  const reasonOf = async (socket: UpstreamSocket) =>
    await socket.opened.then(
      () => 'opened',
      (thrown: unknown) => thrown,
    );

  test('with a status', () =>
    connected(
      () => {},
      async (socket) => {
        const thrown = await reasonOf(socket);
        expect(thrown).toBeInstanceOf(HandshakeRefused);
        expect((thrown as HandshakeRefused).status).toBe(418);
      },
      'HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n',
    ));

  test.each([
    ['with no HTTP', 'nonsense\r\n\r\n', 'upstream_malformed'],
    [
      'with a wrong accept',
      'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
      'upstream_malformed',
    ],
    ['by hanging up', '', 'upstream_unreachable'],
  ])('%s', (_, answer, code) =>
    connected(
      () => {},
      async (socket) => {
        const thrown = await reasonOf(socket);
        expect(thrown).toBeInstanceOf(GatewayError);
        expect((thrown as GatewayError).code).toBe(code as GatewayError['code']);
      },
      answer,
    ),
  );

  test('by silence', async () => {
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
    const url = `http://127.0.0.1:${silent.port}/`;
    const socket = new UpstreamSocket(wheel, { provider: 'p', url, headers: {}, connectMs: 100 });
    expect(await reasonOf(socket)).toMatchObject({ code: 'upstream_timeout' });
    silent.stop(true);
    await eventually(() => wheel.size === 0, 'the deadline given back');
  });

  test('by nobody being there', async () => {
    const socket = new UpstreamSocket(wheel, {
      provider: 'p',
      url: 'http://127.0.0.1:1/',
      headers: {},
      connectMs: 500,
    });
    expect(await reasonOf(socket)).toMatchObject({ code: 'upstream_unreachable' });
  });
});
