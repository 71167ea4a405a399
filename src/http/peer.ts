/** Where a request comes from. */
import type { Server } from 'bun';
import type { AddressRanges } from '../identity/address-ranges.ts';
import { clientAddress } from '../identity/forwarded-for.ts';
import type { Peer } from '../pipeline/call-context.ts';

/** Written by proxies: what carries one of them was not sent by its own machine, whatever the connection says. */
const forwarded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'] as const;

function isLoopback(address: string): boolean {
  const folded = address.startsWith('::ffff:') ? address.slice(7) : address;
  return folded === '::1' || folded.startsWith('127.');
}

/** What is asked of the server about a request. */
export type Connections = Pick<Server<unknown>, 'timeout' | 'requestIP'>;

export class ConnectedPeer implements Peer {
  readonly request: Request;
  readonly #server: Connections;
  readonly #trusted: AddressRanges | undefined;

  /** `trusted`: the proxies whose `X-Forwarded-For` is believed. */
  constructor(request: Request, server: Connections, trusted: AddressRanges | undefined) {
    this.request = request;
    this.#server = server;
    this.#trusted = trusted;
  }

  address(): string | undefined {
    const connected = this.#server.requestIP(this.request)?.address;
    if (connected === undefined || this.#trusted === undefined) return connected;
    return clientAddress(connected, this.request.headers.get('x-forwarded-for'), this.#trusted);
  }

  keepOpen(): void {
    this.#server.timeout(this.request, 0);
  }

  isLocal(): boolean {
    const address = this.#server.requestIP(this.request)?.address;
    if (address === undefined || !isLoopback(address)) return false;
    return forwarded.every((name) => !this.request.headers.has(name));
  }
}
