/** The listening socket: what must be settled before a request is routed, and how the server ends. */
import type { Server } from 'bun';
import { GatewayError } from '../core/errors.ts';
import type { AddressRanges } from '../identity/address-ranges.ts';
import type { SocketSession } from '../pipeline/websocket/client-socket.ts';
import type { AppServices } from './app.ts';
import { endpoints } from './endpoints.ts';
import { errorResponse } from './error-response.ts';
import { createHostGuard } from './host-guard.ts';
import { ConnectedPeer } from './peer.ts';
import { probesOf } from './probes.ts';
import { type SocketOpeners, SocketServer } from './websocket.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** How long a request may take to arrive. */
  readonly requestBodyMs: number;
  /** The proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: AddressRanges | undefined;
  /** Other processes listen on the same port, each to its share of the connections. */
  readonly sharesPort?: boolean;
  /** The largest message over a WebSocket, too. */
  readonly maxBodyBytes: number;
}

export interface RunningServer {
  readonly port: number;
  /** Takes no new connection; resolves when calls under way are over, or `drainMs` has passed. */
  stop(drainMs: number): Promise<void>;
}

type Handle = (request: Request) => Response | Promise<Response>;

/**
 * What answers all that the socket's own router does not: loaded by the first request for it, since with its hundreds of
 * routes it is a third of a start, and a gateway that only passes calls on never needs it. adr/0020.
 */
function lazyApp(services: AppServices): Handle {
  let loading: Promise<Handle> | undefined;
  let ready: Handle | undefined;
  const load = async () => {
    const { createApp } = await import('./app.ts');
    ready = createApp(services).fetch;
    return ready;
  };
  return (request) => {
    if (ready !== undefined) return ready(request);
    loading ??= load();
    return loading.then((handle) => handle(request));
  };
}

export function startServer(
  options: ServerOptions,
  services: Omit<AppServices, 'peerOf' | 'probes'>,
  openers: SocketOpeners,
): RunningServer {
  const hostIsGood = createHostGuard();
  let draining = false;
  const peerOf = (request: Request) => new ConnectedPeer(request, server, options.trustedProxies);
  const probes = probesOf(() => !draining);
  const handle = lazyApp({ ...services, probes, peerOf });
  const sockets = new SocketServer(openers, options.maxBodyBytes, peerOf);
  const badHost = (request: Request) =>
    errorResponse(request, new GatewayError('invalid_host', 'The Host header is missing or malformed.'));
  const guarded =
    <Answer>(answer: (request: Request) => Answer) =>
    (request: Request): Answer | Response =>
      hostIsGood(request) ? answer(request) : badHost(request);
  const server: Server<SocketSession> = Bun.serve<SocketSession>({
    hostname: options.host,
    port: options.port,
    development: false,
    reusePort: options.sharesPort === true,
    // Counts from a request's beginning and is not moved by its body: the deadline of slow bodies. Calls lift it.
    idleTimeout: Math.min(255, Math.ceil(options.requestBodyMs / 1000)),
    // Bun's own refusal has no body; the pipeline bounds what it reads, and answers.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    // The socket's own router takes inference straight to the pipeline, and probes; it does not look at Host. adr/0007.
    routes: Object.fromEntries([
      ...endpoints.map((endpoint) => {
        const infer = (request: Request) => services.pipeline(endpoint, peerOf(request));
        return [endpoint.path, { POST: guarded(infer) }];
      }),
      ...Object.entries(probes).map(([path, probe]) => [path, { GET: guarded(probe) }]),
    ]),
    fetch: guarded((request) => {
      const open = sockets.find(request);
      return open === undefined ? handle(request) : open(request, server);
    }),
    websocket: sockets.handler,
    error: () => {
      const failure = new GatewayError('internal_error', 'The gateway met an internal error.');
      return errorResponse(new Request('http://nowhere/'), failure);
    },
  });
  return {
    port: server.port ?? options.port,
    async stop(drainMs) {
      draining = true;
      sockets.leave();
      const drained = server.stop(false);
      const cut = Bun.sleep(drainMs).then(() => server.stop(true));
      await Promise.race([drained, cut]);
    },
  };
}
