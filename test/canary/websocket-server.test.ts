/** What the runtime's server does with WebSockets: flow control both ways, closing, and the handshake. */
import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import type { ServerWebSocket } from 'bun';
import { eventually } from '../support/eventually.ts';
import { exchange, openConnection } from '../support/raw-connection.ts';
import { frame, handshake } from '../support/raw-websocket.ts';
import { openSocket } from '../support/socket-client.ts';

const piece = 'y'.repeat(65_536);
let opened: ServerWebSocket<undefined> | undefined;
let heardBytes = 0;
let drains = 0;
let closed: { code: number; reason: string } | undefined;
let aborted = false;
let order: string[] = [];

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request, self) {
    request.signal.addEventListener('abort', () => {
      aborted = true;
    });
    await Bun.sleep(5);
    const chosen = new URL(request.url).searchParams.get('protocol');
    const headers = chosen === null ? {} : { 'sec-websocket-protocol': chosen };
    const isUpgraded = self.upgrade(request, { headers });
    order.push('upgraded');
    return isUpgraded ? undefined : new Response('no', { status: 400 });
  },
  websocket: {
    idleTimeout: 0,
    backpressureLimit: 0,
    maxPayloadLength: 1 << 20,
    open(socket) {
      order.push('open');
      opened = socket;
    },
    message(_, message) {
      heardBytes += message.length;
    },
    drain() {
      drains += 1;
    },
    close(socket, code, reason) {
      // That of an earlier test may come late.
      if (socket === opened) closed = { code, reason };
    },
  },
});
afterAll(() => server.stop(true));
const url = `ws://127.0.0.1:${server.port}/`;

beforeEach(() => {
  opened = undefined;
  closed = undefined;
  aborted = false;
  heardBytes = 0;
  drains = 0;
  order = [];
});

async function bothEnds() {
  const client = await openSocket(url);
  return { client: client.socket, self: client, server: await eventually(() => opened, 'the server’s end') };
}

describe('flow control', () => {
  test('a paused server reads nothing but what it has read already', async () => {
    const { client, server: end } = await bothEnds();
    end.pause();
    for (let at = 0; at < 800; at++) client.send(piece);
    await Bun.sleep(300);
    expect(heardBytes).toBeLessThan(2 << 20);
    expect(client.bufferedAmount).toBeGreaterThan(20 << 20);
    end.resume();
    await eventually(() => heardBytes === 800 * piece.length, 'all of it');
    expect(client.bufferedAmount).toBe(0);
    client.terminate();
  });

  test('a paused server does not hear that its client has left', async () => {
    const { client, server: end } = await bothEnds();
    end.pause();
    client.close(1000);
    await Bun.sleep(300);
    expect(closed).toBeUndefined();
    end.resume();
    await eventually(() => closed, 'the close');
  });

  test('send keeps all it is given, says how much waits, and tells as it goes', async () => {
    const { client, self, server: end } = await bothEnds();
    client.pause();
    const sent: number[] = [];
    for (let at = 0; at < 400; at++) sent.push(end.send(piece));
    expect(sent.at(-1)).toBe(-1);
    expect(sent).not.toContain(0);
    expect(end.getBufferedAmount()).toBeGreaterThan(10 << 20);
    client.resume();
    await eventually(() => self.heard.length === 400, 'all of it');
    expect(drains).toBeGreaterThan(0);
    expect(end.getBufferedAmount()).toBe(0);
    client.terminate();
  });
});

describe('closing', () => {
  test('what waits is sent before the close, which is told at once', async () => {
    const { client, self, server: end } = await bothEnds();
    client.pause();
    for (let at = 0; at < 400; at++) end.send(piece);
    end.close(4000, 'done');
    await eventually(() => closed, 'the close');
    client.resume();
    await eventually(() => self.ended(), 'the client’s close');
    expect(self.ended()).toEqual({ code: 4000, reason: 'done' });
    expect(self.heard.length).toBe(400);
  });

  test.each([
    [1005, 1005],
    [1006, 1005],
    [1012, 1012],
    [1014, 1014],
  ])('close(%d) reaches the client as %d', async (code, told) => {
    const { self, server: end } = await bothEnds();
    end.close(code, '');
    await eventually(() => self.ended(), 'the client’s close');
    expect(self.ended()?.code).toBe(told);
  });

  test('the request’s signal aborts when the WebSocket ends, not before', async () => {
    const { self } = await bothEnds();
    expect(aborted).toBe(false);
    await self.close();
    await eventually(() => aborted, 'the abort');
  });

  test('a message too large is 1009 to the client and a lost connection to the handler', async () => {
    const { client, self } = await bothEnds();
    client.send('z'.repeat((1 << 20) + 1));
    await eventually(() => closed, 'the close');
    expect(closed?.code).toBe(1006);
    await eventually(() => self.ended(), 'the client’s close');
    expect(self.ended()?.code).toBe(1009);
  });

  test.each([
    ['no mask', frame('x')],
    ['a reserved opcode', frame('', { first: 0x83, masked: true })],
    ['text that is not UTF-8', frame(new Uint8Array([0xc3, 0x28]), { masked: true })],
  ])('a frame with %s ends the connection', async (_, bytes) => {
    const connection = await openConnection(Number(server.port));
    connection.send(handshake('/'));
    await connection.heardUntil((heard) => heard.includes('\r\n\r\n'));
    connection.socket.write(bytes);
    await connection.closed(3000);
    expect(closed?.code).toBe(1006);
  });
});

describe('the handshake', () => {
  const answerTo = async (query: string, lines: Readonly<Record<string, string>>) => {
    const connection = await openConnection(Number(server.port));
    connection.send(handshake(`/${query}`, lines));
    const heard = await connection.heardUntil((text) => text.includes('\r\n\r\n'));
    connection.hangUp();
    return heard;
  };

  test('may come after waiting; the handler of the opened one runs within it', async () => {
    expect(await answerTo('', {})).toStartWith('HTTP/1.1 101');
    expect(order).toEqual(['open', 'upgraded']);
  });

  test('the first subprotocol offered is said back unless a header says another, or none', async () => {
    const offer = { 'Sec-WebSocket-Protocol': 'secret.x, realtime' };
    expect(await answerTo('', offer)).toContain('Sec-WebSocket-Protocol: secret.x');
    expect(await answerTo('?protocol=realtime', offer)).toContain('Sec-WebSocket-Protocol: realtime');
    expect(await answerTo('?protocol=', offer)).not.toContain('Sec-WebSocket-Protocol');
  });

  test('without Connection: Upgrade it is accepted all the same', async () => {
    expect(await answerTo('', { Connection: '' })).toStartWith('HTTP/1.1 101');
  });

  test('another version gets 426 from the runtime, a malformed key is not upgraded', async () => {
    const other = await exchange(Number(server.port), handshake('/', { 'Sec-WebSocket-Version': '8' }));
    expect(other.status).toBe(426);
    expect(other.head).toContain('Sec-WebSocket-Version: 13');
    expect(await answerTo('', { 'Sec-WebSocket-Key': 'short' })).toStartWith('HTTP/1.1 400');
  });
});
