/** One call on its way: what each step has learnt so far, and the one place where it ends. */
import type { GatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { Losses } from '../core/losses.ts';
import type { CallHead, Dialect, Observation, RequestLine, Voice } from '../dialects/dialect.ts';
import type { Caller, Origin } from '../identity/caller.ts';
import type { CallRecord } from '../ledger/call-record.ts';
import { costOf } from '../ledger/cost.ts';
import type { Grant } from '../ledger/counters.ts';
import type { Price } from '../ledger/price.ts';
import type { Target } from '../providers/provider.ts';
import type { OpenCall, OpenCalls } from './open-calls.ts';
import { clientClosed } from './relay.ts';

/** A matched route of inference, whose calls are understood. */
export interface InferenceEndpoint {
  /** The route's path, as it appears in logs and metrics. */
  readonly path: string;
  readonly dialect: Dialect;
  /** What the request line says of the call, where the dialect says it there; throws `not_found` for a path that is none. */
  readonly readLine?: (url: string) => RequestLine;
}

/** Who is at the other end of the connection. */
export interface Peer extends Origin {
  readonly request: Request;
  /** Lifts the deadline of the request's arrival: the call's own deadlines hold from here on. */
  keepOpen(): void;
}

/** What is the same for every reply from a target: copying a header set is cheaper than building one. */
export type HeaderTemplates = WeakMap<Target, Map<string, Headers>>;

/** Takes the record of a call; a promise where the reply has to wait until that is durable. */
export type OnEnd = (record: CallRecord, observation: Observation) => Promise<void> | undefined;

export class CallContext implements OpenCall {
  readonly id = newRequestId();
  readonly startedAtMs = performance.now();
  /** The route's path, as it appears in logs and metrics. */
  readonly path: string;
  readonly voice: Voice;
  readonly peer: Peer;
  readonly templates: HeaderTemplates;
  caller: Caller | undefined;
  head: CallHead | undefined;
  target: Target | undefined;
  /** What the target costs; undefined where nobody knows. */
  price: Price | undefined;
  /** What was reserved for it; absent where nothing holds it down. */
  grant: Grant | undefined;
  #costNanoUsd: number | undefined;
  mode: 'passthrough' | 'translated' | undefined;
  #losses: Losses | undefined;
  attempts = 0;
  /** Time spent waiting for the upstream before the client got its first byte, milliseconds. */
  upstreamMs = 0;
  firstByteAtMs: number | undefined;
  upstreamRequestId: string | undefined;
  status = 0;
  #ended = false;
  #revokedBy: GatewayError | undefined;
  #openCalls: OpenCalls | undefined;
  readonly #signal: AbortSignal;
  #whenStopped: ((why: GatewayError) => void) | undefined;
  readonly #onEnd: OnEnd;

  constructor(path: string, voice: Voice, peer: Peer, templates: HeaderTemplates, onEnd: OnEnd) {
    this.path = path;
    this.voice = voice;
    this.peer = peer;
    // Taken at once, listened to later: a signal first asked for after the client left may never tell.
    this.#signal = peer.request.signal;
    this.templates = templates;
    this.#onEnd = onEnd;
  }

  /** What the translation could not carry over. */
  get losses(): Losses {
    this.#losses ??= new Losses();
    return this.#losses;
  }

  /** As `losses`, without making any. */
  get warnings(): readonly string[] {
    return this.#losses?.list() ?? [];
  }

  get clientGone(): boolean {
    return this.#signal.aborted;
  }

  /** Why the call is to end before it is done: the client hung up, or its key was revoked. */
  get stoppedBy(): GatewayError | undefined {
    return this.clientGone ? clientClosed() : this.#revokedBy;
  }

  /** What to do when the call is to end before it is done, from now on; it replaces what was to be done before. */
  onStop(act: (why: GatewayError) => void): void {
    if (this.#whenStopped === undefined) this.#signal.onabort = () => this.#whenStopped?.(clientClosed());
    this.#whenStopped = act;
    const why = this.stoppedBy;
    if (why !== undefined) act(why);
  }

  /** From here on it may last, and ends with its key. */
  staysOpen(openCalls: OpenCalls): void {
    this.#openCalls = openCalls;
    openCalls.add(this.caller, this);
  }

  revoke(why: GatewayError): void {
    if (this.#ended || this.#revokedBy !== undefined) return;
    this.#revokedBy = why;
    this.#whenStopped?.(why);
  }

  /** The gateway's own share so far, milliseconds. */
  overheadMs(nowMs: number): number {
    return Math.max(0, nowMs - this.startedAtMs - this.upstreamMs);
  }

  /** The head said 200 long ago; the record says how it ended. */
  streamEnded(observation: Observation, error: GatewayError | undefined): Promise<void> | undefined {
    if (error !== undefined) this.status = error.status;
    return this.end(observation, error);
  }

  /** What the call cost, nano-dollars, as far as it is known. */
  get costNanoUsd(): number | undefined {
    return this.#costNanoUsd;
  }

  /** Works out what was consumed costs: in time for the headers of a reply, else when the call ends. */
  charge({ usage }: Observation): void {
    if (usage !== undefined && this.price !== undefined) this.#costNanoUsd = costOf(usage, this.price);
  }

  /**
   * Records the call; only the first end counts. A promise where the last of the reply must wait for the record to be durable;
   * it rejects with `storage_unavailable` where that cannot be.
   */
  end(observation: Observation, error?: GatewayError): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    this.#whenStopped = undefined;
    this.#openCalls?.remove(this.caller, this);
    if (this.#costNanoUsd === undefined) this.charge(observation);
    const nowMs = performance.now();
    const first = this.firstByteAtMs;
    const record: CallRecord = {
      requestId: this.id,
      endedAtMs: Date.now(),
      endpoint: this.path,
      keyId: this.caller?.keyId,
      userId: this.caller?.userId,
      teamId: this.caller?.teamId,
      organizationId: this.caller?.organizationId,
      customer: this.head?.customer,
      tags: this.caller?.tags ?? [],
      requestedModel: this.head?.model,
      provider: this.target?.provider.name,
      model: this.target?.model,
      mode: this.mode,
      stream: this.head?.stream ?? false,
      status: this.status,
      error,
      attempts: this.attempts,
      latencyMs: nowMs - this.startedAtMs,
      timeToFirstTokenMs: first === undefined ? undefined : first - this.startedAtMs,
      overheadMs: this.overheadMs(first ?? nowMs),
      finish: observation.finish,
      usage: observation.usage,
      price: this.price,
      costNanoUsd: this.#costNanoUsd,
      costUnknown: observation.usage !== undefined && this.price === undefined && this.target?.model !== '',
      charges: this.grant?.charges ?? [],
      upstreamRequestId: this.upstreamRequestId,
      warnings: this.warnings,
    };
    return this.#onEnd(record, observation);
  }
}
