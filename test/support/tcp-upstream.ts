/** An upstream on bare TCP: reads one request after another and hands each to a player that writes whatever bytes it likes. */
import type { Socket } from 'node:net';
import { type Peer, startPeer } from './peer.ts';

export interface TcpRequest {
  readonly socket: Socket;
  readonly head: string;
  readonly body: string;
  /** Requests seen on this connection before this one. */
  readonly earlier: number;
}

export type TcpUpstream = Peer;

/** The body's length as its content-length says; a request body of the tests is never chunked. */
const bodyLength = (head: string) => Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);

function readRequests(socket: Socket, play: (request: TcpRequest) => void): void {
  let pending = '';
  let earlier = 0;
  socket.on('data', (bytes: Buffer) => {
    pending += bytes.toString('latin1');
    for (;;) {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = pending.slice(0, end);
      const stop = end + 4 + bodyLength(head);
      if (pending.length < stop) return;
      const body = Buffer.from(pending.slice(end + 4, stop), 'latin1').toString();
      pending = pending.slice(stop);
      play({ socket, head, body, earlier });
      earlier += 1;
    }
  });
}

export const startTcpUpstream = (play: (request: TcpRequest) => void): Promise<TcpUpstream> =>
  startPeer((socket) => readRequests(socket, play));
