/** The client's end of a WebSocket, as sessions see it: what the server gives them, and what it tells them. */
import type { Peer } from '../call-context.ts';

export interface ClientSocket {
  /** Takes all it is given, whatever the client reads: `getBufferedAmount` says what waits. */
  send(message: string | Uint8Array): unknown;
  getBufferedAmount(): number;
  ping(): unknown;
  /** Stops reading, so that the client has to wait; what has been read already still comes, a hang-up does not. */
  pause(): void;
  resume(): void;
  /** 1005 and 1006 go out as a close frame without a code. */
  close(code: number, reason: string): void;
  terminate(): void;
}

/** What goes on over one WebSocket. */
export interface SocketSession {
  opened(socket: ClientSocket): void;
  heard(message: string | Uint8Array): void;
  ponged(): void;
  /** Some of what waited has been taken. */
  drained(): void;
  /** Once; 1006 where the connection ended without a word. */
  closed(code: number, reason: string): void;
  /** The gateway is about to stop. */
  leave(): void;
}

/** A request for a WebSocket that has not been answered yet. */
export interface Upgrade {
  readonly peer: Peer;
  /** Answers with 101. Throws `invalid_handshake` when the request is none. */
  accept(session: SocketSession, headers: Record<string, string>): void;
}

/** Accepts a request for a WebSocket, or resolves to what it gets instead. */
export type SocketOpener = (upgrade: Upgrade) => Promise<Response | undefined>;
