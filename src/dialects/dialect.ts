/** What a dialect module offers: both halves of its language, and what pass-through needs to know of its wire form. */
import type { Call } from '../core/call.ts';
import type { DialectName } from '../core/carry.ts';
import type { GatewayError, UpstreamRefusal } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { JsonOutline } from '../core/json-outline.ts';
import type { FinishReason, ReplyFrame } from '../core/reply.ts';
import type { Usage } from '../core/usage.ts';

/** What must be known of every request, whether its body passes through or is translated. */
export interface CallHead {
  readonly model: string;
  readonly stream: boolean;
  /** The client asked to see usage at the end of its stream. */
  readonly wantsUsage: boolean;
}

/** A request body, read once. */
export interface RequestBody {
  readonly text: string;
  readonly outline: JsonOutline;
  readonly json: JsonObject;
}

export interface PassthroughChange {
  readonly model: string;
  /** Ask the upstream for usage at the end of the stream, for the meter. */
  readonly askForUsage: boolean;
}

export interface ListenHalf {
  /** Throws `missing_required_parameter` or `invalid_type`, naming the field. */
  readHead(json: JsonObject): CallHead;
  readRequest(json: JsonObject): Call;
  writeReply(frame: ReplyFrame): JsonObject;
  createStreamWriter(head: CallHead): StreamWriter;
  writeError(error: GatewayError): JsonObject;
}

export interface SpeakHalf {
  /** Below the provider's base URL, with its leading slash. */
  readonly path: string;
  writeRequest(call: Call, change: PassthroughChange): JsonObject;
  readReply(json: JsonObject): ReplyFrame;
  /** One event's JSON. */
  readChunk(json: JsonObject): ReplyFrame;
  /** What the upstream says of a request it refused; undefined when the text is no error of this dialect. */
  readRefusal(status: number, json: JsonObject): UpstreamRefusal | undefined;
}

export interface StreamWriter {
  /** The frame as wire text; empty when the client must not see it. */
  write(frame: ReplyFrame): string;
  /** What ends a stream that succeeded. */
  end(): string;
  /** What ends a stream that failed. */
  fail(error: GatewayError): string;
}

/** What the meter learns from a reply. */
export interface Observation {
  readonly usage?: Usage;
  readonly finish?: FinishReason;
}

export interface StreamEnd extends Observation {
  /** What the client is still to be sent. */
  readonly text: string;
  /** Why the stream counts as failed. */
  readonly error?: GatewayError;
}

/** What happens to a stream's bytes on their way from the upstream to the client. */
export interface StreamStep {
  /** The stream has said its last word, whether or not the upstream closes it. */
  readonly isOver: boolean;
  /** What the client may see now, if anything. Throws a GatewayError when the stream is broken. */
  push(chunk: Uint8Array): Uint8Array | string | undefined;
  /** The upstream ended its stream. */
  end(): StreamEnd;
  /** What is known when the stream is given up half-way. */
  observed(): Observation;
}

export interface StreamTapOptions {
  readonly provider: string;
  readonly maxEventBytes: number;
  /** Usage was asked for by the gateway alone: the client must not see it. */
  readonly hideUsage: boolean;
  /** Takes the upstream's credential out of what it says. */
  readonly scrub: (refusal: UpstreamRefusal) => UpstreamRefusal;
}

export interface Dialect {
  readonly name: DialectName;
  readonly listen: ListenHalf;
  readonly speak: SpeakHalf;
  /** The top-level keys whose place in the text `rewriteRequest` needs. */
  readonly rewrittenKeys: ReadonlySet<string>;
  /** The body's own text with nothing but the change made. */
  rewriteRequest(body: RequestBody, head: CallHead, change: PassthroughChange): string;
  /** What a whole reply that passes through says to the meter. */
  observe(json: JsonObject): Observation;
  /** Passes a stream's bytes on and reads usage and finish as they go by. */
  createStreamTap(options: StreamTapOptions): StreamStep;
}
