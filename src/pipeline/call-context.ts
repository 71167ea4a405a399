/** One call on its way: what each step has learnt so far, and the one place where it ends. */
import type { GatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { Losses } from '../core/losses.ts';
import type { Usage } from '../core/usage.ts';
import type { CallHead, Dialect, Observation, RequestLine, Voice } from '../dialects/dialect.ts';
import type { Caller, Origin } from '../identity/caller.ts';
import type { CallRecord } from '../ledger/call-record.ts';
import type { Caps } from '../ledger/caps.ts';
import { costOf } from '../ledger/cost.ts';
import type { Charge, Grant } from '../ledger/counters.ts';
import type { Price } from '../ledger/price.ts';
import type { Target } from '../providers/provider.ts';
import type { Exchange, Lasting } from '../upstream/exchange.ts';
import type { HeaderTemplates } from './header-templates.ts';
import type { OpenCall, OpenCalls } from './open-calls.ts';
import { type PassedText, writtenTokens } from './passed-text.ts';
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

/** Whoever reserved for a call: told when it has ended. */
export interface Settler {
  settle(call: CallContext, record: CallRecord): void;
}

const noGrants: readonly Grant[] = [];
const noCaps: readonly Caps[] = [];
const noCharges: readonly Charge[] = [];
const noTexts: readonly string[] = [];
const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };
/** Takes the record of a call; a promise where the reply has to wait until that is durable. */
export type OnEnd = (record: CallRecord) => Promise<void> | undefined;

export class CallContext implements OpenCall, Lasting {
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
  /** What is held on top of it, as a session goes on. */
  moreGrants: readonly Grant[] = noGrants;
  heldCaps: readonly Caps[] = noCaps;
  #settler: Settler | undefined;
  /** Of the prompt, as far as it is known without the upstream; undefined where nothing is charged by it. */
  promptTokens: number | undefined;
  /** The request has gone out. */
  isSent = false;
  /** The upstream's reply claims success. */
  isAccepted = false;
  #estimated: Usage | undefined;
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
    return this.#losses?.list() ?? noTexts;
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

  /** Its request is on its way for longer than most: from here on the client may hang up, and take that with it. */
  outlived(exchange: Exchange): void {
    this.peer.keepOpen();
    // A stream that has begun has its own way to stop.
    if (this.firstByteAtMs === undefined) this.onStop(() => exchange.close());
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

  /** The head said 200 long ago; the record says how it ended. `passed`: what the client has been sent. */
  streamEnded(
    observation: Observation,
    error: GatewayError | undefined,
    passed?: PassedText,
  ): Promise<void> | undefined {
    if (error !== undefined) this.status = error.status;
    this.charge(observation, error, passed);
    return this.end(observation, error);
  }

  /** From now on the call's end settles it. */
  hold(grant: Grant, caps: readonly Caps[], settler: Settler): void {
    this.grant = grant;
    this.heldCaps = caps;
    this.#settler = settler;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** What the call cost, nano-dollars, as far as it is known. */
  get costNanoUsd(): number | undefined {
    return this.#costNanoUsd;
  }

  /**
   * Works out what was consumed costs: in time for the headers of a reply, else when the call ends. What the upstream did not
   * tell is estimated from what passed.
   */
  charge({ usage, finish }: Observation, error?: GatewayError, passed?: PassedText | string): void {
    if (this.#ended) return;
    const isCut = error !== undefined && finish === undefined;
    this.#estimated =
      usage === undefined ? this.#estimate(error, passed) : isCut ? raised(usage, passed) : undefined;
    const charged =
      this.#estimated ?? usage ?? (this.isAccepted && error === undefined ? noUsage : undefined);
    if (charged === undefined || this.price === undefined) return;
    // What has used nothing costs something only where each request does.
    if (charged !== noUsage || this.price.rates.request !== undefined)
      this.#costNanoUsd = costOf(charged, this.price);
  }

  #estimate(error: GatewayError | undefined, passed: PassedText | string | undefined): Usage | undefined {
    // The client hung up, or its key was revoked, or a fault of ours: the upstream went on for all it knew.
    const isOurs = error !== undefined && !error.code.startsWith('upstream_');
    if (this.promptTokens === undefined || !this.isSent || !(this.isAccepted || isOurs)) return undefined;
    const outputTokens = tokensOf(passed);
    // An upstream that fails before it says anything is taken to charge nothing.
    if (error !== undefined && !isOurs && outputTokens === 0) return undefined;
    return { inputTokens: this.promptTokens, outputTokens };
  }

  /**
   * Records the call; only the first end counts. A promise where the last of the reply must wait for the record to be durable;
   * it rejects with `storage_unavailable` where that cannot be.
   */
  end(observation: Observation, error?: GatewayError): Promise<void> | undefined {
    if (this.#ended) return undefined;
    if (this.#costNanoUsd === undefined && this.#estimated === undefined) this.charge(observation, error);
    this.#ended = true;
    this.#whenStopped = undefined;
    this.#openCalls?.remove(this.caller, this);
    const usage = this.#estimated ?? observation.usage;
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
      tags: this.caller?.tags ?? noTexts,
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
      usage,
      usageEstimated: this.#estimated !== undefined,
      price: this.price,
      costNanoUsd: this.#costNanoUsd,
      costUnknown: usage !== undefined && this.price === undefined && this.target?.model !== '',
      charges: this.grant?.charges ?? noCharges,
      upstreamRequestId: this.upstreamRequestId,
      warnings: this.warnings,
    };
    const kept = this.#onEnd(record);
    this.#settler?.settle(this, record);
    return kept;
  }
}

function tokensOf(passed: PassedText | string | undefined): number {
  if (passed === undefined) return 0;
  return typeof passed === 'string' ? writtenTokens(passed) : passed.tokens;
}

/**
 * Some streams tell the tokens of the prompt first and those of the reply last: one that was cut has used what passed.
 * Undefined where what was told may stand: a running count is right, and an estimate from text never quite.
 */
function raised(usage: Usage, passed: PassedText | string | undefined): Usage | undefined {
  const outputTokens = tokensOf(passed);
  return outputTokens > 2 * usage.outputTokens ? { ...usage, outputTokens } : undefined;
}
