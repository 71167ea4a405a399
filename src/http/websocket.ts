/** WebSockets on the listening socket: which paths have one, the handshake, and what Bun tells of each that is open. */

import type { Server, ServerWebSocket, WebSocketHandler } from 'bun';
import { GatewayError } from '../core/errors.ts';
import type { Peer } from '../pipeline/call-context.ts';
import type { SocketOpener, SocketSession } from '../pipeline/websocket/client-socket.ts';
import { endpoints, patternRoutes } from './endpoints.ts';
import { errorResponse } from './error-response.ts';
import { forwardEndpoints } from './surfaces.ts';

/** Path → what accepts its WebSockets. */
export type SocketOpeners = ReadonlyMap<string, SocketOpener>;

function names(header: string | null, token: string): boolean {
  return header?.split(',').some((part) => part.trim().toLowerCase() === token) === true;
}

/** A handshake as far as its first lines (RFC 6455, section 4.1); without them the request is a plain one. */
export function asksForSocket({ method, headers }: Request): boolean {
  return (
    method === 'GET' &&
    names(headers.get('upgrade'), 'websocket') &&
    names(headers.get('connection'), 'upgrade')
  );
}

const routes = [
  ...[...endpoints, ...forwardEndpoints].map(({ path }) => path),
  ...patternRoutes.map(({ pattern }) => pattern),
];

function isRoute(path: string): boolean {
  return routes.some((route) => (route.endsWith('*') ? path.startsWith(route.slice(0, -1)) : path === route));
}

/** 426 sends a client that tries a WebSocket first to plain HTTP at once; any other answer it would retry. */
function noSocket(request: Request): Response {
  const message = 'There is no WebSocket at this path. Send the same as a plain HTTP request.';
  const headers = { upgrade: 'HTTP/1.1' };
  return errorResponse(request, new GatewayError('websocket_not_offered', message, { headers }));
}

/** Resolves to nothing once the request has become a WebSocket. */
type Answer = (request: Request, server: Server<SocketSession>) => Promise<Response | undefined> | Response;

export class SocketServer {
  readonly #openers: SocketOpeners;
  readonly #peerOf: (request: Request) => Peer;
  readonly #open = new Set<SocketSession>();
  #isLeaving = false;
  readonly handler: WebSocketHandler<SocketSession>;

  constructor(openers: SocketOpeners, maxMessageBytes: number, peerOf: (request: Request) => Peer) {
    this.#peerOf = peerOf;
    this.#openers = openers;
    type Socket = ServerWebSocket<SocketSession>;
    this.handler = {
      // Sessions ping for themselves, and are silent as long as they like.
      idleTimeout: 0,
      maxPayloadLength: maxMessageBytes,
      // The runtime would drop what is beyond a limit; sessions stop sending before.
      backpressureLimit: 0,
      perMessageDeflate: false,
      open: (socket: Socket) => this.#opened(socket),
      message: (socket: Socket, message) => socket.data.heard(message),
      pong: (socket: Socket) => socket.data.ponged(),
      drain: (socket: Socket) => socket.data.drained(),
      close: (socket: Socket, code, reason) => {
        this.#open.delete(socket.data);
        socket.data.closed(code, reason);
      },
    };
  }

  /** Who answers a request that asks for a WebSocket; undefined for one that is answered as if it did not. */
  find(request: Request): Answer | undefined {
    if (!asksForSocket(request)) return undefined;
    const { pathname } = new URL(request.url);
    const opener = this.#openers.get(pathname);
    if (opener === undefined) return isRoute(pathname) ? noSocket : undefined;
    return (asked, server) =>
      opener({
        peer: this.#peerOf(asked),
        accept: (session, headers) => {
          if (server.upgrade(asked, { data: session, headers })) return;
          throw new GatewayError('invalid_handshake', 'The request is no valid WebSocket handshake.');
        },
      });
  }

  /** The gateway is about to stop: every session ends what it must. */
  leave(): void {
    this.#isLeaving = true;
    for (const session of this.#open) session.leave();
  }

  #opened(socket: ServerWebSocket<SocketSession>): void {
    this.#open.add(socket.data);
    socket.data.opened(socket);
    if (this.#isLeaving) socket.data.leave();
  }
}
