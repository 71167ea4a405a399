/** What the runtime's WebSocket client does: flow control, refused handshakes, endings, and the size of messages. */
import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { frame, startRawWebSocketServer } from '../support/raw-websocket.ts';
import { openSocket } from '../support/socket-client.ts';

async function withServer(
  play: Parameters<typeof startRawWebSocketServer>[0],
  act: (url: string) => Promise<void>,
  answer?: string,
): Promise<void> {
  const server = await startRawWebSocketServer(play, answer);
  try {
    await act(`ws://127.0.0.1:${server.port}/`);
  } finally {
    await server.stop();
  }
}

test('bufferedAmount says what a peer that does not read leaves waiting', () =>
  withServer(
    (socket) => socket.pause(),
    async (url) => {
      const { socket } = await openSocket(url, { perMessageDeflate: false });
      for (let at = 0; at < 400; at++) socket.send('y'.repeat(65_536));
      await Bun.sleep(200);
      expect(socket.bufferedAmount).toBeGreaterThan(10 << 20);
      socket.terminate();
    },
  ));

test('a paused client keeps its peer waiting, and does not hear of its end', () => {
  let written = 0;
  return withServer(
    (socket) => {
      const bytes = frame('y'.repeat(65_536));
      const go = () => {
        while (written < 64 << 20) {
          written += bytes.length;
          if (!socket.write(bytes)) return void socket.once('drain', go);
        }
      };
      setTimeout(go, 50);
    },
    async (url) => {
      const client = await openSocket(url);
      client.socket.pause();
      await Bun.sleep(500);
      expect(written).toBeLessThan(32 << 20);
      client.socket.resume();
      await eventually(() => written >= 64 << 20, 'all of it');
      client.socket.terminate();
    },
  );
});

describe('a refused handshake', () => {
  const status = (code: number) => `HTTP/1.1 ${code} Whatever\r\nContent-Length: 0\r\n\r\n`;
  test.each([
    [status(401), 'Expected 101 status code: 401'],
    [status(302), 'Expected 101 status code: 302'],
    [status(200), 'Expected 101 status code: 200'],
    ['garbage\r\n\r\n', 'Invalid response'],
  ])('%j says so in its message', (answer, told) =>
    withServer(
      () => {},
      async (url) => {
        expect(await openSocket(url).catch(String)).toContain(told);
      },
      answer,
    ),
  );
});

describe('endings', () => {
  const close = (code: number, reason = '') =>
    frame(Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]), { first: 0x88 });
  test.each([
    ['a code and reason', close(4000, 'why'), { code: 4000, reason: 'why' }],
    ['no code', frame('', { first: 0x88 }), { code: 1005, reason: '' }],
    ['a code no frame may carry', close(1005), { code: 1006, reason: '' }],
    ['a mask', frame('x', { masked: true }), { code: 1006, reason: '' }],
    ['text that is not UTF-8', frame(new Uint8Array([0xc3, 0x28])), { code: 1006, reason: '' }],
  ])('%s', (_, bytes, ended) =>
    withServer(
      (socket) => setTimeout(() => socket.write(bytes), 50),
      async (url) => {
        const client = await openSocket(url);
        await eventually(() => client.ended(), 'the close');
        expect(client.ended()).toEqual(ended);
      },
    ),
  );

  test.each([1004, 1005, 1006, 1015, 999, 2000, 5000])('close(%d) throws', (code) =>
    withServer(
      () => {},
      async (url) => {
        const { socket } = await openSocket(url);
        expect(() => socket.close(code)).toThrow();
        socket.terminate();
      },
    ),
  );
});

test.each([
  [128 << 20, false],
  [(128 << 20) + 1, true],
])('a message announced with %d bytes is refused at once: %p', (length, isRefused) =>
  withServer(
    (socket) => setTimeout(() => socket.write(frame('', { length })), 20),
    async (url) => {
      const client = await openSocket(url);
      await Bun.sleep(200);
      expect(client.ended()?.code).toBe(isRefused ? 1006 : undefined);
      client.socket.terminate();
    },
  ),
);
