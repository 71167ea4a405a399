/** WebSockets frame by frame on bare TCP: for what a well-behaved end would never send, or never read. */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';

function acceptFor(clientKey: string): string {
  return createHash('sha1').update(`${clientKey}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** A handshake; a line given replaces the usual one of that name, an empty one removes it. */
export function handshake(path: string, lines: Readonly<Record<string, string>> = {}): string {
  const all: Record<string, string> = {
    Host: 'gateway',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    ...lines,
  };
  const head = Object.entries(all).filter(([, value]) => value !== '');
  return `GET ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

export interface FrameOptions {
  /** As clients must. */
  readonly masked?: boolean;
  /** The first byte whole: FIN, reserved bits and opcode; 0x81 is a text, 0x82 binary, 0x88 a close. */
  readonly first?: number;
  /** What the frame says its length is. */
  readonly length?: number;
}

export function frame(payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const body = Buffer.from(payload);
  const { masked = false, first = 0x81, length = body.length } = options;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = (masked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), body]);
}

export interface RawWebSocketServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers each handshake and hands the connection over. */
export async function startRawWebSocketServer(
  play: (socket: Socket) => void,
  answer?: string,
): Promise<RawWebSocketServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let head = '';
    const onData = (bytes: Buffer) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      const clientKey = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
      if (answer !== undefined) socket.end(answer);
      else
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(clientKey)}\r\n\r\n`,
        );
      play(socket);
    };
    socket.on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
