/** One connection to an origin: one request on it at a time, and silence between two of them. */
import type { Address } from './address.ts';
import { ConnectionLost } from './bad-reply.ts';
import type { ReplyHead } from './reply-head.ts';
import { type ReplyListener, ReplyReader } from './reply-reader.ts';

/** Whose request the connection serves at the moment. */
export interface Served {
  gotHead(head: ReplyHead, hasBody: boolean): void;
  gotChunk(bytes: Uint8Array): void;
  gotEnd(): void;
  /** `wasStale`: the connection had been idle, and ended so soon and without a word that it must have ended before. */
  lost(thrown: unknown, wasStale: boolean): void;
  /** All that was written so far is on its way. */
  drained(): void;
}

/** Waits for the connection to be made. */
export interface Waiting {
  start(connection: Connection): void;
  /** It cannot be made. */
  refused(thrown: unknown): void;
}

/** Told when a connection can take the next request, or none any more. */
export interface Keeper {
  idle(connection: Connection): void;
  gone(connection: Connection): void;
}

/** A request that ends later than this without a word may have been worked on, and is not sent twice. */
const staleWithinMs = 1_000;

export class Connection implements ReplyListener {
  readonly origin: string;
  readonly #isTls: boolean;
  readonly #keeper: Keeper;
  #waiting: Waiting | undefined;
  readonly #reader: ReplyReader = new ReplyReader(this);
  #socket: Bun.Socket<Connection> | undefined;
  #served: Served | undefined;
  /** Of the present request, what the socket has not taken yet. */
  #unsent: Buffer | undefined;
  /** More of the present request is still to be written. */
  #isSending = false;
  #sentAtMs = 0;
  #hasServed = false;
  #isClosed = false;
  /** The other side is done, and why if that is known, while what it sent before is still held. */
  #ending: { readonly cause: unknown } | undefined;
  #isHeldBack = false;
  /** Whether anyone has asked for the body of the present reply. */
  #isAskedFor = false;
  /** How long the other side says it keeps an idle connection, milliseconds. */
  keepsIdleMs: number | undefined;
  /** Since when it has nothing to do, as performance.now() counts. */
  idleSinceMs = 0;

  constructor({ origin, isTls }: Address, keeper: Keeper, waiting: Waiting) {
    this.origin = origin;
    this.#isTls = isTls;
    this.#keeper = keeper;
    this.#waiting = waiting;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  opened(socket: Bun.Socket<Connection>): void {
    this.#socket = socket;
    // What keeps the process up is its server, not what it has called.
    socket.unref();
    if (this.#isClosed) socket.terminate();
    else if (!this.#isTls) this.ready();
  }

  /** Requests may go out. */
  ready(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.start(this);
  }

  refused(thrown: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    this.#close(true);
    waiting.refused(thrown);
  }

  /** Sends a request's first bytes. `isWhole`: nothing follows; else `write` and `written` do. */
  begin(served: Served, method: string, bytes: string | Buffer, isWhole: boolean): void {
    this.#served = served;
    this.#isSending = !isWhole;
    this.#isAskedFor = false;
    this.#sentAtMs = performance.now();
    this.#reader.begin(method);
    this.write(bytes);
  }

  /** Whether the socket has taken all of it; `drained` tells when it has. */
  write(bytes: string | Buffer): boolean {
    const socket = this.#socket;
    if (socket === undefined || this.#isClosed) return true;
    if (this.#unsent !== undefined) {
      this.#unsent = Buffer.concat([this.#unsent, Buffer.from(bytes as string)]);
      return false;
    }
    const taken = socket.write(bytes);
    if (taken < 0) {
      this.ended(new ConnectionLost());
      return true;
    }
    // A character outside ASCII takes more than a byte: only then is it worth the count.
    const length =
      typeof bytes === 'string' && taken >= bytes.length ? Buffer.byteLength(bytes) : bytes.length;
    if (taken >= length) return true;
    this.#unsent = (typeof bytes === 'string' ? Buffer.from(bytes) : bytes).subarray(taken);
    return false;
  }

  /** The request's last byte was handed to `write`. */
  written(): void {
    this.#isSending = false;
  }

  pause(): void {
    this.#reader.pause();
  }

  resume(): void {
    this.#isAskedFor = true;
    try {
      this.#reader.resume();
    } catch (thrown) {
      this.#lose(thrown);
      return;
    }
    if (this.#reader.isPaused) return;
    if (this.#ending !== undefined) this.ended(this.#ending.cause);
    else if (this.#isHeldBack) {
      this.#isHeldBack = false;
      this.#socket?.resume();
    }
  }

  /** Ends it at once, without a word to whom it serves. */
  destroy(): void {
    const isInMidst = this.#served !== undefined;
    this.#served = undefined;
    this.#waiting = undefined;
    this.#close(isInMidst);
  }

  received(bytes: Buffer): void {
    if (this.#served === undefined) {
      this.#close();
      return;
    }
    // What comes with the head is mostly asked for in the same turn: only who sends on is held back.
    const mayWait = !this.#isAskedFor && !this.#reader.isPaused;
    try {
      this.#reader.push(bytes);
    } catch (thrown) {
      this.#lose(thrown);
      return;
    }
    if (this.#reader.isPaused && !this.#isHeldBack && this.#reader.holds && !mayWait) {
      this.#isHeldBack = true;
      this.#socket?.pause();
    }
  }

  drained(): void {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    this.#unsent = undefined;
    if (this.write(unsent)) this.#served?.drained();
  }

  /** The other side has ended the connection. `cause`: what is known of why. */
  ended(cause?: unknown): void {
    if (this.#isClosed) return;
    if (this.#waiting !== undefined) {
      this.refused(cause ?? new ConnectionLost());
      return;
    }
    if (this.#served !== undefined && this.#reader.isPaused) {
      // The first word of it says the most.
      this.#ending ??= { cause };
      return;
    }
    if (this.#served === undefined) {
      this.#close();
      return;
    }
    try {
      // What ends for a reason ends too early, also where a reply has no other end than this.
      if (cause !== undefined) throw cause;
      this.#reader.end();
    } catch (thrown) {
      this.#lose(thrown);
    }
  }

  head(head: ReplyHead, hasBody: boolean): void {
    const told = head.get('keep-alive');
    const seconds = told === null ? undefined : /(?:^|[,\s])timeout=(\d{1,6})\b/i.exec(told)?.[1];
    this.keepsIdleMs = seconds === undefined ? undefined : Number(seconds) * 1_000;
    this.#served?.gotHead(head, hasBody);
  }

  chunk(bytes: Uint8Array): void {
    this.#served?.gotChunk(bytes);
  }

  done(): void {
    const served = this.#served;
    this.#served = undefined;
    this.#hasServed = true;
    // A reply that came before its request was sent leaves the rest of that in the way.
    const isFree = this.#reader.mayServeAgain && !this.#isSending && this.#unsent === undefined;
    if (isFree && !this.#isClosed && this.#ending === undefined) {
      this.idleSinceMs = performance.now();
      this.#keeper.idle(this);
    } else this.#close();
    served?.gotEnd();
  }

  #lose(thrown: unknown): void {
    const served = this.#served;
    this.#served = undefined;
    const soon = performance.now() - this.#sentAtMs < staleWithinMs;
    this.#close(true);
    served?.lost(thrown, this.#hasServed && soon && !this.#reader.hasBegun);
  }

  #close(isInMidst = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsent = undefined;
    this.#keeper.gone(this);
    // `end` would wait for the other side's goodbye when there is TLS, for good if need be.
    if (isInMidst) this.#socket?.terminate();
    else this.#socket?.close();
  }
}
