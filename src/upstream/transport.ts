/** How requests reach an upstream and replies come back, whatever carries them. */
import type { HeaderReader } from '../core/header-reader.ts';

export type UpstreamBody = string | Uint8Array | ReadableStream<Uint8Array>;

export interface WireRequest {
  /** In capitals. */
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: UpstreamBody | undefined;
}

/** Takes a body as it comes; after `end` or `failed` nothing follows. */
export interface BodySink {
  chunk(bytes: Uint8Array): void;
  end(): void;
  failed(thrown: unknown): void;
}

/** The body of a reply, not asked for yet. */
export interface BodySource {
  /** Begins to hand over, or goes on with another sink than before. */
  read(sink: BodySink): void;
  /** No chunk comes until `resume`, and the sender is held back. */
  pause(): void;
  resume(): void;
  /** Gives up what is left, without a further word to the sink. */
  cancel(): void;
}

export interface UpstreamReply {
  readonly status: number;
  readonly headers: HeaderReader;
  /** Null for a reply that has no body by its kind. */
  readonly body: BodySource | null;
}

/** A request on its way. */
export interface Sending {
  /** The head, when it is there. Rejects as the transport does; see `failure.ts`. */
  readonly reply: Promise<UpstreamReply>;
  /** Whether there is a connection; undefined where the transport does not tell. */
  readonly isConnected: boolean | undefined;
  /** Ends it at once, wherever it stands: `reply` rejects if it is still open. */
  cancel(): void;
}

export interface Transport {
  send(request: WireRequest): Sending;
}
