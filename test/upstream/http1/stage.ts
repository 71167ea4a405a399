/** A client and the peer it calls, which plays as it is told; and what became of each call. */
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { HttpClient } from '../../../src/upstream/http1/client.ts';
import type { BodySource, UpstreamReply, WireRequest } from '../../../src/upstream/transport.ts';
import { eventually } from '../../support/eventually.ts';
import { type Peer, startPeer } from '../../support/peer.ts';

export interface Outcome {
  readonly status: number;
  readonly text: string;
}

export interface Stage {
  readonly client: HttpClient;
  readonly peer: Peer;
  readonly url: string;
  request(request?: Partial<WireRequest>): WireRequest;
  /** One call to its end. Rejects as the client does. */
  call(request?: Partial<WireRequest>): Promise<Outcome>;
}

interface StageOptions {
  readonly tls?: TlsOptions;
  readonly host?: string;
}

/** When `act` is over, no connection is left on either side. */
export async function withStage(
  play: (socket: Socket) => void,
  act: (stage: Stage) => Promise<void>,
  { tls, host = '127.0.0.1' }: StageOptions = {},
): Promise<void> {
  const peer = await startPeer(play, tls === undefined ? {} : { tls });
  const client = new HttpClient({ environment: {} });
  const url = `${tls === undefined ? 'http' : 'https'}://${host}:${peer.port}/`;
  const request = (over: Partial<WireRequest> = {}) => ({
    method: 'GET',
    url,
    headers: {},
    body: undefined,
    ...over,
  });
  const call = async (over?: Partial<WireRequest>) => await outcomeOf(await client.send(request(over)).reply);
  try {
    await act({ client, peer, url, request, call });
    client.close();
    await eventually(() => peer.open() === 0, 'every connection closing');
  } finally {
    client.close();
    await peer.stop();
  }
}

export async function outcomeOf({ status, body }: UpstreamReply): Promise<Outcome> {
  return { status, text: body === null ? '' : (await bytesOf(body)).toString('latin1') };
}

/** The whole of a body. Rejects as it fails. */
export function bytesOf(body: BodySource): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    let isOver = false;
    const once = (act: () => void) => {
      if (isOver) throw new Error('a second end');
      isOver = true;
      act();
    };
    body.read({
      chunk: (bytes) => {
        if (isOver) throw new Error('a chunk after the end');
        pieces.push(bytes);
      },
      end: () => once(() => resolve(Buffer.concat(pieces))),
      failed: (thrown) => once(() => reject(thrown)),
    });
  });
}

/** The code of what a promise rejects with, and what it gave when it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    return `none: ${JSON.stringify(await promise)}`;
  } catch (thrown) {
    return String((thrown as { code?: string }).code ?? thrown);
  }
}

export const ok = (body = 'ok', lines = '') =>
  `HTTP/1.1 200 OK\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Answers the requests on each connection, told by the empty line after their heads: for requests without a body. */
export function answering(
  answer: (socket: Socket, earlier: number, head: string) => void,
): (socket: Socket) => void {
  return (socket) => {
    let pending = '';
    let earlier = 0;
    socket.on('end', () => socket.end());
    socket.on('data', (bytes) => {
      pending += bytes.toString('latin1');
      for (let end = pending.indexOf('\r\n\r\n'); end !== -1; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        answer(socket, earlier++, head);
      }
    });
  };
}
