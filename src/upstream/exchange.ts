/**
 * One request to an upstream and its reply: the only place that calls out. It owns the deadlines (connect, first byte,
 * silence), the size cap and the abort; whatever ends it, the connection and the deadline are given back.
 */
import type { GatewayError } from '../core/errors.ts';
import { malformed, tooLarge } from '../core/upstream-failure.ts';
import { decodeStrictly, isFaithful } from '../core/utf8.ts';
import { canConnect } from './connect-probe.ts';
import { connectionFailure, isConnectionLoss, timeoutFailure } from './failure.ts';
import { inflated } from './inflate.ts';
import { type Deadline, type TimerWheel, tickMs } from './timer-wheel.ts';

/** `fetch`, or a model that lives inside the process. */
export type Transport = (url: string, init: BunFetchRequestInit) => Promise<Response>;

export type UpstreamBody = string | Uint8Array | ReadableStream<Uint8Array>;

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

/** Bodies up to this size, announced by their length, are read in one go. */
const oneGoBytes = 1 << 20;

export class Exchange {
  readonly #wheel: TimerWheel;
  readonly #limits: UpstreamLimits;
  readonly #request: UpstreamRequest;
  readonly #controller = new AbortController();
  readonly #deadline: Deadline;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #response: Response | undefined;
  #failure: GatewayError | undefined;
  #phase: 'connect' | 'first byte' | 'idle' = 'connect';
  /** When the phase's patience ends, as performance.now() counts; the deadline looks here when it comes round. */
  #limitAtMs: number;
  #onLasting: (() => void) | undefined;
  #closed = false;

  /** `onLasting` is called once, when the exchange outlives a tick of the wheel: for what short ones need not pay. */
  constructor(wheel: TimerWheel, limits: UpstreamLimits, request: UpstreamRequest, onLasting?: () => void) {
    this.#wheel = wheel;
    this.#limits = limits;
    this.#request = request;
    this.#onLasting = onLasting;
    this.#deadline = wheel.schedule(0, () => this.#due());
    this.#limitAtMs = wheel.nowMs + Math.min(limits.connectMs, limits.firstByteMs);
  }

  get response(): Response {
    if (this.#response === undefined) throw new Error('the exchange has no response yet');
    return this.#response;
  }

  /** The reply's head, when it is there. Rejects as the runtime does: `failed` says what that means. */
  send(body?: UpstreamBody): Promise<Response> {
    const { transport, url, method, headers } = this.#request;
    return transport(url, {
      method,
      headers,
      redirect: 'manual',
      // The runtime would inflate without bound; `inflated` is read with a count.
      decompress: false,
      // The runtime's own, five minutes of silence, would cut what the deadlines here allow.
      timeout: false,
      signal: this.#controller.signal,
      body: body ?? null,
    });
  }

  /** Takes the head that `send` resolved to. Throws a GatewayError when a deadline passed just before. */
  opened(response: Response): Response {
    this.#response = response;
    if (this.#failure !== undefined) throw this.#failure;
    this.#phase = 'idle';
    this.#limitAtMs = performance.now() + this.#limits.idleMs;
    return response;
  }

  /** `send` and `opened` in one. Rejects with a GatewayError. */
  async open(): Promise<Response> {
    try {
      return this.opened(await this.send());
    } catch (thrown) {
      throw this.failed(thrown);
    }
  }

  /** The whole body as text. Rejects when it is too large, not UTF-8, cut short or stalls. */
  async readText(): Promise<string> {
    const { headers } = this.response;
    const length = headers.get('content-length');
    const announced = length === null ? Number.NaN : Number(length);
    if (announced > this.#limits.maxReplyBytes) throw this.#tooLarge();
    // A coded body may be far larger than its announced length, so it is always counted.
    if (!(announced <= oneGoBytes) || headers.has('content-encoding')) return await this.#readCounted();
    let text: string;
    try {
      text = await this.response.text();
    } catch (thrown) {
      throw this.failed(thrown);
    }
    this.#finish();
    if (!isFaithful(text, announced)) throw malformed(this.#request.provider, 'a reply that is not UTF-8');
    return text;
  }

  async #readCounted(): Promise<string> {
    const { provider } = this.#request;
    const { maxReplyBytes } = this.#limits;
    const chunks: Uint8Array[] = [];
    let total = 0;
    for (let chunk = await this.readChunk(); chunk !== undefined; chunk = await this.readChunk()) {
      total += chunk.byteLength;
      if (total > maxReplyBytes) throw this.#tooLarge();
      chunks.push(chunk);
    }
    try {
      return decodeStrictly(Buffer.concat(chunks));
    } catch (thrown) {
      throw malformed(provider, 'a reply that is not UTF-8', thrown);
    }
  }

  /** The next piece of the body; undefined at its end. Each piece postpones the silence deadline. */
  async readChunk(): Promise<Uint8Array | undefined> {
    try {
      const reader = this.reader();
      if (reader === undefined) {
        this.#finish();
        return undefined;
      }
      const { done, value } = await reader.read();
      if (done) {
        const failure = this.finished();
        if (failure !== undefined) throw failure;
        return undefined;
      }
      this.progressed();
      return value;
    } catch (thrown) {
      throw this.failed(thrown);
    }
  }

  /** The raw reader, for a caller that must not pay for a promise of ours per chunk; it calls `progressed` and `failed`. */
  reader(): ReadableStreamDefaultReader<Uint8Array> | undefined {
    if (this.#reader === undefined) {
      const body = inflated(this.response);
      if (body === undefined) throw malformed(this.#request.provider, 'an unknown content coding');
      this.#reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
    }
    return this.#reader;
  }

  progressed(): void {
    this.#limitAtMs = this.#wheel.nowMs + tickMs + this.#limits.idleMs;
  }

  /** The silence deadline does not run while it is the client that is slow. */
  pause(): void {
    this.#deadline.cancel();
  }

  resume(): void {
    if (this.#closed) return;
    this.#limitAtMs = performance.now() + this.#limits.idleMs;
    this.#wheel.reschedule(this.#deadline, this.#limits.idleMs);
  }

  /**
   * The body was read to its end by way of `reader`. The failure, if that end was made here: a reader that inflates ends
   * quietly when it is cancelled.
   */
  finished(): GatewayError | undefined {
    this.#finish();
    return this.#failure;
  }

  /** What a rejected `send` or read means; the exchange is closed. */
  failed(thrown: unknown): GatewayError {
    const failure = this.#failure ?? this.#broken(thrown);
    this.close();
    return failure;
  }

  /** Ends the exchange at once; harmless when it is over. */
  close(): void {
    if (this.#closed) return;
    this.#finish();
    this.#controller.abort();
    const body = this.#response?.body;
    if (this.#reader !== undefined) this.#reader.cancel().catch(() => {});
    else if (body != null && !body.locked) body.cancel().catch(() => {});
  }

  #tooLarge(): GatewayError {
    this.close();
    return tooLarge(this.#request.provider, 'a reply', this.#limits.maxReplyBytes);
  }

  /** A body that cannot be inflated breaks without a word from the connection. */
  #broken(thrown: unknown): GatewayError {
    const provider = this.#request.provider;
    const coded = this.#response?.headers.has('content-encoding') === true;
    if (coded && !isConnectionLoss(thrown))
      return malformed(provider, 'a body that cannot be inflated', thrown);
    return connectionFailure(thrown, provider, this.#response !== undefined);
  }

  #finish(): void {
    this.#closed = true;
    this.#deadline.cancel();
  }

  #expire(failure: GatewayError): void {
    this.#failure = failure;
    this.close();
  }

  /** The one deadline serves each phase in turn. */
  #due(): void {
    this.#onLasting?.();
    this.#onLasting = undefined;
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
    void canConnect(url, connectMs).then((reachable) => {
      if (!reachable && !this.#closed && this.#response === undefined)
        this.#expire(timeoutFailure(provider, 'connect', connectMs));
    });
  }
}
