/** What a dialect module offers: both halves of its language, and what pass-through needs to know of its wire form. */
import type { Call } from '../core/call.ts';
import type { DialectName } from '../core/dialect-name.ts';
import type { GatewayError, UpstreamRefusal } from '../core/errors.ts';
import type { HeaderReader } from '../core/header-reader.ts';
import type { JsonObject } from '../core/json.ts';
import type { JsonOutline } from '../core/json-outline.ts';
import type { Losses } from '../core/losses.ts';
import type { FinishReason, ReplyFrame } from '../core/reply.ts';
import type { Usage } from '../core/usage.ts';

/** What must be known of every request, whether its body passes through or is translated. */
export interface CallHead {
  readonly model: string;
  readonly stream: boolean;
  /** The client asked to see usage at the end of its stream. */
  readonly wantsUsage: boolean;
  /** The client's own name for its end user, whom caps may hold down. */
  readonly customer?: string;
  /** The client's stream is a JSON array instead of events (Gemini without `alt=sse`). */
  readonly asArray?: boolean;
  /** The client wants its vectors in base64 (OpenAI's embeddings). */
  readonly asBase64?: boolean;
}

/** What the request line says, in dialects that put the model or the wish to stream there. */
export interface RequestLine {
  readonly model?: string;
  readonly stream?: boolean;
  readonly asArray?: boolean;
}

/** How much a call lets the model write. */
export interface OutputWish {
  /** Of each choice; undefined where it does not say. */
  readonly maxTokens: number | undefined;
  readonly choices: number;
}

/** A request body, read once. */
export interface RequestBody {
  readonly text: string;
  readonly outline: JsonOutline;
  readonly json: JsonObject;
}

export interface RequestChange {
  /** The model under the target's own name. */
  readonly model: string;
  /** Ask the upstream for usage at the end of the stream, for the meter. */
  readonly askForUsage: boolean;
}

export interface RateReport {
  readonly limit: number;
  readonly remaining: number;
  /** Until all of it is there again, milliseconds. */
  readonly resetMs: number;
}

/** How an API speaks of what went wrong. */
export interface Voice {
  writeError(error: GatewayError): JsonObject;
  /** Headers in which this API's SDKs look for the kind of an error, lower case. */
  errorHeaders?(error: GatewayError): Readonly<Record<string, string>>;
  /** The header beside `x-request-id` in which this API's SDKs look for the id. */
  readonly requestIdHeader?: string;
  /** How far a limit is used up, lower case; absent in APIs that have no headers of their own for it. */
  rateHeaders?(
    what: 'requests' | 'tokens',
    rate: RateReport,
    nowMs: number,
  ): Readonly<Record<string, string>>;
}

/** Facing the client. */
export interface ListenHalf extends Voice {
  /** Throws `missing_required_parameter` or `invalid_type`, naming the field. */
  readHead(json: JsonObject, line?: RequestLine): CallHead;
  readRequest(json: JsonObject, line?: RequestLine): Call;
  /** Its calls consume nothing that is charged. */
  readonly isFree?: boolean;
  /** Of a request whose head was read; absent in APIs whose calls write nothing. */
  readOutputWish?(json: JsonObject): OutputWish;
  /** Throws `unsupported_value` for what a call asks that only a provider of this API can do; absent where there is none. */
  checkCrossing?(call: Call): void;
  /** A call that crosses, with what this API alone says in a place of its own where others look for it; absent where there is none. */
  forCrossing?(call: Call): Call;
  /**
   * A frame of the writer's own dialect is put together again from its carry, to the last unknown field; one of another
   * dialect is written anew from its events, and what has no word here is added to `losses`. `head`: of the call it
   * answers.
   */
  writeReply(frame: ReplyFrame, losses: Losses, head?: CallHead): JsonObject;
  createStreamWriter(head: CallHead, losses: Losses): StreamWriter;
  /** Media type of a stream, with its charset; a function where the head decides. */
  streamType(head: CallHead): string;
  /** Keys of requests and replies that are form: a warning about their loss would say nothing. */
  readonly formKeys: ReadonlySet<string>;
}

/** Facing the upstream. */
export interface SpeakHalf {
  /** Below the provider's base URL, with its leading slash and query. */
  path(change: { readonly model: string; readonly stream: boolean }): string;
  /** A Call of its own dialect is put together again from its carry; one of another is written anew. See `writeReply`. */
  writeRequest(call: Call, change: RequestChange, losses: Losses): JsonObject;
  /** `headers`: where an API tells there what the body does not. */
  readReply(json: JsonObject, headers?: HeaderReader): ReplyFrame;
  createStreamReader(): StreamReader;
  /** What the upstream says of a request it refused; undefined when the text is no error of this dialect. */
  readRefusal(status: number, json: JsonObject, headers?: HeaderReader): UpstreamRefusal | undefined;
  /** A failure told inside a whole reply, or a stream's first event, whose status claims success. */
  readFailure(json: JsonObject): UpstreamRefusal | undefined;
  /** The media type a stream must have, without parameters. */
  readonly streamType: string;
  createDecoder(maxEventBytes: number): EventDecoder;
}

/** One event of a stream, out of whatever frames it. */
export interface WireEvent {
  /** The SSE `event:` field, or the event-stream's event or exception type. */
  readonly name?: string;
  readonly data: string;
  /** An event-stream frame that is an exception. */
  readonly isException?: boolean;
}

/** A stream that is not framed, or not encoded, as its kind must be; the message names what was sent instead. */
export class BadFraming extends Error {}

/** From bytes to events. Throws `EventTooLarge` or `BadFraming`. */
export interface EventDecoder {
  push(chunk: Uint8Array): WireEvent[];
  /** What is left when the stream ends may still be an event. */
  end(): WireEvent[];
}

/** Reads the events of one stream in order. */
export interface StreamReader {
  /** `'over'`: the stream has said its last word. Undefined: an event that says nothing. Throws `BadFraming` for no JSON. */
  read(event: WireEvent): ReplyFrame | 'over' | undefined;
}

/** Writes one stream, for one client. */
export interface StreamWriter {
  /** The frame as it goes over the wire; empty when the client must not see it. */
  write(frame: ReplyFrame): string | Uint8Array;
  /** What ends a stream that succeeded. */
  end(): string | Uint8Array;
  /** What ends a stream that failed. */
  fail(error: GatewayError): string | Uint8Array;
  /** Keeps a silent connection open; absent where the wire form has no comments. */
  readonly heartbeat?: string;
}

/** What the meter learns from a reply. */
export interface Observation {
  readonly usage?: Usage;
  readonly finish?: FinishReason;
}

export interface StreamEnd extends Observation {
  /** What the client is still to be sent. */
  readonly text: string | Uint8Array;
  /** Why the stream counts as failed. */
  readonly error?: GatewayError;
  /** The client has the failure from the upstream's own event. */
  readonly isTold?: boolean;
}

/** What happens to a stream's bytes on their way from the upstream to the client. */
export interface StreamStep {
  /** The stream has said its last word, whether or not the upstream closes it. */
  readonly isOver: boolean;
  /**
   * What the client may see now, if anything. The chunk is the step's from here on, to write into as well. Throws a
   * GatewayError when the stream is broken.
   */
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
  /** Its API has a place for the signature of a tool call. */
  readonly signsCalls?: boolean;
  /** Whether this call's reply may pass through as the upstream sends it; absent means always. */
  readonly passes?: (head: CallHead) => boolean;
  /** What the provider keeps of the reply to this request, to be asked for again, in words; absent or undefined: nothing. */
  readonly keeps?: (json: JsonObject) => string | undefined;
  /** The top-level keys whose place in the text `rewriteRequest` needs. */
  readonly rewrittenKeys: ReadonlySet<string>;
  /** The body's own text with nothing but the change made. */
  rewriteRequest(body: RequestBody, head: CallHead, change: RequestChange): string;
  /** What a whole reply that passes through says to the meter. */
  observe(json: JsonObject): Observation;
  /** Passes a stream's bytes on and reads usage and finish as they go by. */
  createStreamTap(options: StreamTapOptions): StreamStep;
}
