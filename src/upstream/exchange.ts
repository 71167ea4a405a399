/**
 * One request to an upstream and its reply: the only place that calls out. It owns the deadlines (connect, first byte,
 * silence), the size cap and the abort; whatever ends it, the connection and the deadline are given back.
 */
import type { GatewayError } from '../core/errors.ts';
import { malformed } from '../core/upstream-failure.ts';
import { canConnect } from './connect-probe.ts';
import { connectionFailure, isConnectionLoss, timeoutFailure } from './failure.ts';
import { Cancelled } from './http1/bad-reply.ts';
import { inflated } from './inflate.ts';
import { PieceReader } from './piece-reader.ts';
import { letPass } from './rest-sink.ts';
import { TextSink } from './text-sink.ts';
import { type Deadline, type Due, type TimerWheel, tickMs } from './timer-wheel.ts';
import type { BodySink, BodySource, Sending, Transport, UpstreamBody, UpstreamReply } from './transport.ts';

export interface UpstreamLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly maxReplyBytes: number;
}

export interface UpstreamRequest {
  readonly provider: string;
  readonly transport: Transport;
  /** In capitals. */
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** Told once of an exchange that outlives a tick of the wheel: for what short ones need not pay. */
export interface Lasting {
  outlived(exchange: Exchange): void;
}

export class Exchange implements Due {
  readonly #wheel: TimerWheel;
  readonly #limits: UpstreamLimits;
  readonly #request: UpstreamRequest;
  readonly #deadline: Deadline;
  #sending: Sending | undefined;
  #reply: UpstreamReply | undefined;
  /** Null where there is none; absent until it is first asked for. */
  #body: BodySource | null | undefined;
  #pieces: PieceReader | undefined;
  /** Who reads the body at the moment. */
  #sink: BodySink | undefined;
  #failure: GatewayError | undefined;
  #phase: 'connect' | 'first byte' | 'idle' = 'connect';
  /** When the phase's patience ends, as performance.now() counts; the deadline looks here when it comes round. */
  #limitAtMs: number;
  #lasting: Lasting | undefined;
  #closed = false;

  constructor(wheel: TimerWheel, limits: UpstreamLimits, request: UpstreamRequest, lasting?: Lasting) {
    this.#wheel = wheel;
    this.#limits = limits;
    this.#request = request;
    this.#lasting = lasting;
    this.#deadline = wheel.schedule(0, this);
    this.#limitAtMs = wheel.nowMs + Math.min(limits.connectMs, limits.firstByteMs);
  }

  get response(): UpstreamReply {
    if (this.#reply === undefined) throw new Error('the exchange has no response yet');
    return this.#reply;
  }

  /** The reply's head, when it is there. Rejects as the transport does: `failed` says what that means. */
  send(body?: UpstreamBody): Promise<UpstreamReply> {
    const { transport, method, url, headers } = this.#request;
    this.#sending = transport.send({ method, url, headers, body });
    return this.#sending.reply;
  }

  /** Takes the head that `send` resolved to. Throws a GatewayError when a deadline passed just before. */
  opened(reply: UpstreamReply): UpstreamReply {
    this.#reply = reply;
    if (this.#failure !== undefined) throw this.#failure;
    this.#phase = 'idle';
    this.#limitAtMs = performance.now() + this.#limits.idleMs;
    return reply;
  }

  /** `send` and `opened` in one. Rejects with a GatewayError. */
  async open(): Promise<UpstreamReply> {
    try {
      return this.opened(await this.send());
    } catch (thrown) {
      throw this.failed(thrown);
    }
  }

  /**
   * The whole body as text; a promise only where some of it is still to come. Throws or rejects when it is too large, not
   * UTF-8, cut short or stalls.
   */
  readText(): string | Promise<string> {
    const { maxReplyBytes } = this.#limits;
    const gathering = new TextSink(this, this.#request.provider, maxReplyBytes);
    if (Number(this.response.headers.get('content-length') ?? 0) > maxReplyBytes) gathering.refuse();
    else this.flow(gathering);
    return gathering.text();
  }

  /** The next piece of the body; undefined at its end. Each piece postpones the silence deadline. */
  async readChunk(): Promise<Uint8Array | undefined> {
    try {
      const body = this.#source();
      if (body !== null) {
        this.#pieces ??= new PieceReader(body);
        this.#sink = this.#pieces;
        const piece = await this.#pieces.next();
        this.progressed();
        if (piece !== undefined) return piece;
      }
      this.finished();
      return undefined;
    } catch (thrown) {
      throw this.failed(thrown);
    }
  }

  /** What is left of the body, as it comes. The sink calls `progressed`, and `finished` or `failed`. */
  flow(sink: BodySink): void {
    let body: BodySource | null;
    try {
      body = this.#source();
    } catch (thrown) {
      sink.failed(thrown);
      return;
    }
    this.#sink = sink;
    if (this.#closed) this.#endSink();
    else if (body === null) sink.end();
    else if (this.#pieces === undefined) body.read(sink);
    else {
      const pieces = this.#pieces;
      this.#pieces = undefined;
      pieces.flow(sink);
    }
  }

  #source(): BodySource | null {
    if (this.#body === undefined) {
      const body = inflated(this.response);
      if (body === undefined) throw malformed(this.#request.provider, 'an unknown content coding');
      this.#body = body;
    }
    return this.#body;
  }

  progressed(): void {
    this.#limitAtMs = this.#wheel.nowMs + tickMs + this.#limits.idleMs;
  }

  /** The upstream is held back while it is the client that is slow: its silence deadline does not run. */
  pause(): void {
    this.#deadline.cancel();
    this.#body?.pause();
  }

  resume(): void {
    if (this.#closed) return;
    this.#limitAtMs = performance.now() + this.#limits.idleMs;
    this.#wheel.reschedule(this.#deadline, this.#limits.idleMs);
    this.#body?.resume();
  }

  /** The body was read to its end. */
  finished(): void {
    this.#closed = true;
    this.#sink = undefined;
    this.#deadline.cancel();
  }

  /** The body has said its last word, whether or not it has come to its end: nobody reads what is left. */
  leave(): void {
    if (this.#closed) return;
    this.finished();
    if (this.#body && this.#sending) letPass(this.#body, this.#sending, this.#wheel);
  }

  /** What a rejected `send` or a broken body means; the exchange is closed. */
  failed(thrown: unknown): GatewayError {
    const failure = this.#failure ?? this.#broken(thrown);
    this.#sink = undefined;
    this.close();
    return failure;
  }

  /** Ends the exchange at once; harmless when it is over. Whoever reads its body is told, but for whom ends it himself. */
  close(by?: BodySink): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline.cancel();
    // A body that was never asked for goes with its sending.
    this.#body?.cancel();
    this.#sending?.cancel();
    if (by !== undefined) this.#sink = undefined;
    this.#endSink();
  }

  #endSink(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.failed(this.#failure ?? new Cancelled());
  }

  /** A body that cannot be inflated breaks without a word from the connection. */
  #broken(thrown: unknown): GatewayError {
    const provider = this.#request.provider;
    const coded = this.#reply?.headers.has('content-encoding') === true;
    if (coded && !isConnectionLoss(thrown))
      return malformed(provider, 'a body that cannot be inflated', thrown);
    return connectionFailure(thrown, provider, this.#reply !== undefined);
  }

  #expire(failure: GatewayError): void {
    this.#failure = failure;
    this.close();
  }

  /** The one deadline serves each phase in turn. */
  due(): void {
    this.#lasting?.outlived(this);
    this.#lasting = undefined;
    const remainingMs = this.#limitAtMs - this.#wheel.nowMs;
    if (this.#closed) return;
    if (remainingMs > 0) this.#wheel.reschedule(this.#deadline, remainingMs);
    else this.#runOut();
  }

  #runOut(): void {
    const { connectMs, firstByteMs, idleMs } = this.#limits;
    const { provider, url } = this.#request;
    if (this.#phase === 'idle') {
      this.#expire(timeoutFailure(provider, 'idle', idleMs));
      return;
    }
    if (this.#phase === 'first byte' || connectMs >= firstByteMs) {
      this.#expire(timeoutFailure(provider, 'first byte', firstByteMs));
      return;
    }
    this.#phase = 'first byte';
    this.#limitAtMs += firstByteMs - connectMs;
    this.#wheel.reschedule(this.#deadline, firstByteMs - connectMs);
    const isConnected = this.#sending?.isConnected;
    if (isConnected === true) return;
    if (isConnected === false) {
      this.#expire(timeoutFailure(provider, 'connect', connectMs));
      return;
    }
    void canConnect(url, connectMs).then((reachable) => {
      if (!reachable && !this.#closed && this.#reply === undefined)
        this.#expire(timeoutFailure(provider, 'connect', connectMs));
    });
  }
}
