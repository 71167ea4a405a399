/** A TCP relay between a client and the gateway that keeps every byte the gateway sent back. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Wiretap {
  /** Without a trailing slash, as the relayed address. */
  readonly url: string;
  /** Status lines, headers and bodies of all replies so far, one byte a character. */
  heard(): string;
  stop(): Promise<void>;
}

export async function startWiretap(targetPort: number): Promise<Wiretap> {
  const sockets = new Set<Socket>();
  const kept: Buffer[] = [];
  const server = createServer((client) => {
    const gateway = connect(targetPort, '127.0.0.1');
    gateway.on('data', (bytes: Buffer) => kept.push(bytes));
    for (const [here, there] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      sockets.add(here);
      here.pipe(there);
      here.on('error', () => there.destroy());
      here.on('close', () => {
        sockets.delete(here);
        there.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => Buffer.concat(kept).toString('latin1'),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
