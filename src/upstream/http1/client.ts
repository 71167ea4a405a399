/**
 * HTTP/1.1 to upstreams on the sockets of this very event loop: `fetch` hands every piece over from another thread, and holds
 * several times the memory for a stream. adr/0018 has the figures, and what is not done here on purpose.
 */
import { fetchTransport } from '../fetch-transport.ts';
import { proxyFor } from '../proxy.ts';
import type { Sending, Transport, WireRequest } from '../transport.ts';
import { type Address, addressOf } from './address.ts';
import { Connection } from './connection.ts';
import { Pool } from './pool.ts';
import { requestHead } from './request-head.ts';
import { type Connector, Http1Sending } from './sending.ts';

/** A URL that was called before, with the head of the last request there: most calls send the same again. */
interface Known {
  readonly address: Address;
  /** Where the address lies behind a proxy, which is left to `fetch`: it speaks to all their kinds. */
  readonly detour: Transport | undefined;
  method: string;
  headers: Readonly<Record<string, string>> | undefined;
  head: string;
}

/** Some providers have the model in their paths, and clients name models. */
const maxKnown = 1000;

/** The length of the name, then the name (RFC 7301, section 3.1). */
const applicationProtocol = '\x08http/1.1';
const ipAddress = /^(?:[0-9.]+|[0-9a-f]*:.*)$/i;

/** The runtime checks the chain, and the certificate against the host name. An IP address is no server name (RFC 6066, section 3). */
function tlsFor(hostname: string) {
  return { ALPNProtocols: applicationProtocol, ...(ipAddress.test(hostname) && { serverName: '' }) };
}

function detourBy(proxy: string | undefined): Transport | undefined {
  return proxy === undefined ? undefined : fetchTransport((url, init) => fetch(url, { ...init, proxy }));
}

/** The same for every connection, which a socket carries with it. */
const handlers: Bun.SocketHandler<Connection> = {
  open: (socket) => socket.data.opened(socket),
  // The runtime has checked the chain and the name; nothing is sent before.
  handshake: ({ data }, isTrusted, why) => (isTrusted ? data.ready() : data.refused(why)),
  data: ({ data }, bytes) => data.received(bytes),
  drain: ({ data }) => data.drained(),
  end: ({ data }) => data.ended(),
  close: ({ data }, cause) => data.ended(cause),
  error: ({ data }, cause) => data.ended(cause),
  connectError: ({ data }, cause) => data.refused(cause),
};

export interface HttpClientOptions {
  /** Where `HTTP_PROXY` and its kin are looked for. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export class HttpClient implements Transport, Connector {
  readonly #options: HttpClientOptions;
  readonly #pool = new Pool();
  readonly #known = new Map<string, Known>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** Throws a TypeError for an address or a header that cannot be sent. */
  send(request: WireRequest): Sending {
    const known = this.#knownFor(request.url);
    if (known.detour !== undefined) return known.detour.send(request);
    const { method, headers, body } = request;
    if (known.headers !== headers || known.method !== method) {
      known.head = requestHead(known.address, method, headers);
      known.headers = headers;
      known.method = method;
    }
    const { address } = known;
    const sending = new Http1Sending(method, known.head, body, address, this);
    const idle = this.#pool.take(address.origin);
    if (idle === undefined) this.connect(address, sending);
    else sending.start(idle);
    return sending;
  }

  /** Connections that wait for a request. */
  get idleConnections(): number {
    return this.#pool.size;
  }

  /** Gives up the connections that wait. */
  close(): void {
    this.#pool.clear();
  }

  #knownFor(url: string): Known {
    const before = this.#known.get(url);
    if (before !== undefined) return before;
    if (this.#known.size >= maxKnown) this.#known.clear();
    const known: Known = {
      address: addressOf(url),
      detour: detourBy(proxyFor(url, this.#options.environment)),
      method: '',
      headers: undefined,
      head: '',
    };
    this.#known.set(url, known);
    return known;
  }

  /** Sends it on a connection of its own. */
  connect(address: Address, sending: Http1Sending): void {
    const { hostname, port, isTls } = address;
    const connection = new Connection(address, this.#pool, sending);
    sending.awaits(connection);
    const refused = (thrown: unknown) => connection.refused(thrown);
    try {
      const tls = isTls ? { tls: tlsFor(hostname) } : undefined;
      Bun.connect<Connection>({ hostname, port, data: connection, socket: handlers, ...tls }).catch(refused);
    } catch (thrown) {
      refused(thrown);
    }
  }
}
