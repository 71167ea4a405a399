/** The other end of a connection, bare: a server on loopback, with or without TLS, that hands each connection to a player. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface Peer {
  readonly port: number;
  /** Connections accepted so far; with TLS, those that got through the handshake. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  stop(): Promise<void>;
}

export interface PeerOptions {
  readonly host?: string;
  /** Key and certificate; without, it speaks plain TCP. */
  readonly tls?: TlsOptions;
}

/** Each connection stays half open when the client ends its half: what the player does is all that happens. */
export async function startPeer(
  play: (socket: Socket) => void,
  { host = '127.0.0.1', tls }: PeerOptions = {},
): Promise<Peer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const accept = (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    play(socket);
  };
  const server =
    tls === undefined
      ? createServer(accept)
      : createTlsServer({ ...tls, allowHalfOpen: true } as TlsOptions, accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
