/**
 * One WebSocket to an upstream. What it says before anyone listens is kept, and reading stops meanwhile; whatever ends it,
 * the connection and the deadline are given back.
 */
import type { GatewayError } from '../core/errors.ts';
import { malformed } from '../core/upstream-failure.ts';
import { connectionFailure, timeoutFailure } from './failure.ts';
import { proxyFor } from './proxy.ts';
import type { Deadline, TimerWheel } from './timer-wheel.ts';

export type SocketMessage = string | Uint8Array;

export interface SocketRequest {
  readonly provider: string;
  /** Beginning with `http:` or `https:`, as every address here. */
  readonly url: string;
  readonly headers: Record<string, string>;
  /** For the connection and its handshake. */
  readonly connectMs: number;
}

export interface SocketListener {
  heard(message: SocketMessage): void;
  /** Once. 1006: the connection ended without a word; `reason` then says what is known of it. */
  closed(code: number, reason: string): void;
}

/** The upstream answered the handshake as HTTP: this is the status. */
export class HandshakeRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the handshake was answered with ${status}`);
    this.status = status;
  }
}

/** How long an upstream may take to answer a close. */
const closeGraceMs = 1000;

/** Codes a close frame may carry (RFC 6455, section 7.4); the others only say how a connection ended. */
function maySend(code: number): boolean {
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}

/** A close frame's reason has room for 123 bytes. */
function fitting(reason: string): string {
  let fit = reason;
  while (Buffer.byteLength(fit) > 123) fit = fit.slice(0, -1);
  return fit;
}

export class UpstreamSocket {
  readonly #socket: WebSocket;
  readonly #wheel: TimerWheel;
  readonly #request: SocketRequest;
  #deadline: Deadline | undefined;
  #listener: SocketListener | undefined;
  readonly #early: SocketMessage[] = [];
  #ended: { readonly code: number; readonly reason: string } | undefined;
  #failure = '';
  #failed: (thrown: GatewayError | HandshakeRefused) => void = () => {};
  /** When it last said anything, a pong included, as performance.now() counts. */
  heardAtMs = performance.now();
  /** Rejects with a GatewayError, or `HandshakeRefused`. */
  readonly opened: Promise<void>;

  constructor(wheel: TimerWheel, request: SocketRequest) {
    this.#wheel = wheel;
    this.#request = request;
    const { url, headers, provider, connectMs } = request;
    // Compressed messages could be of any size once inflated; none are asked for.
    const proxy = proxyFor(url, process.env);
    const socket = new WebSocket(url.replace(/^http/, 'ws'), {
      headers,
      perMessageDeflate: false,
      ...(proxy !== undefined && { proxy }),
    });
    this.#socket = socket;
    socket.binaryType = 'nodebuffer';
    this.opened = new Promise((resolve, reject) => {
      this.#failed = reject;
      socket.onopen = () => {
        this.#deadline?.cancel();
        if (this.#listener === undefined) socket.pause();
        resolve();
      };
    });
    // Whoever waits for it is told; that nobody does is no fault.
    this.opened.catch(() => {});
    socket.onmessage = ({ data }) => this.#heard(data as SocketMessage);
    socket.addEventListener('pong', () => this.#alive());
    socket.addEventListener('ping', () => this.#alive());
    socket.onerror = (event) => {
      this.#failure = event.message;
      this.#failed(this.#why(event));
    };
    socket.onclose = ({ code, reason }) => this.#closed(code, code === 1006 ? this.#failure : reason);
    this.#deadline = wheel.schedule(connectMs, () => {
      this.#failed(timeoutFailure(provider, 'connect', connectMs));
      this.terminate();
    });
  }

  /** From here on messages go to the listener, those kept first. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener.heard(message);
    if (this.#ended === undefined) this.resume();
    else listener.closed(this.#ended.code, this.#ended.reason);
  }

  send(message: SocketMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  /** Bytes given to `send` that the connection has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Stops reading, so that the upstream has to wait too; what has been read already still comes. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#alive();
    this.#socket.resume();
  }

  get isPaused(): boolean {
    return this.#socket.isPaused;
  }

  /** Says goodbye, and does not wait for long; a code that no frame may carry goes unsaid. */
  close(code: number, reason: string): void {
    if (this.#ended !== undefined) return;
    // Its answer could not be read otherwise.
    this.#socket.resume();
    if (maySend(code)) this.#socket.close(code, fitting(reason));
    else this.#socket.close();
    this.#deadline?.cancel();
    this.#deadline = this.#wheel.schedule(closeGraceMs, () => this.terminate());
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #heard(message: SocketMessage): void {
    this.#alive();
    if (this.#listener === undefined) this.#early.push(message);
    else this.#listener.heard(message);
  }

  #alive(): void {
    this.heardAtMs = performance.now();
  }

  #closed(code: number, reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = { code, reason };
    this.#deadline?.cancel();
    this.#failed(connectionFailure(new Error(reason), this.#request.provider, false));
    this.#listener?.closed(code, reason);
  }

  /** The runtime says the status of a refused handshake in its message alone. */
  #why({ message, error }: ErrorEvent): GatewayError | HandshakeRefused {
    const { provider } = this.#request;
    const status = /Expected 101 status code: (\d{3})/.exec(message)?.[1];
    if (status !== undefined) return new HandshakeRefused(Number(status));
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (code === '' || code.startsWith('HPE_'))
      return malformed(provider, 'a reply that is no WebSocket handshake', error);
    return connectionFailure(error, provider, false);
  }
}
