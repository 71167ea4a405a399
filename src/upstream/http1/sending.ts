/** One request over one connection, and the reply to it. */
import type { BodySink, BodySource, Sending, UpstreamBody, UpstreamReply } from '../transport.ts';
import { Cancelled } from './bad-reply.ts';
import type { Connection, Served } from './connection.ts';
import type { ReplyHead } from './reply-head.ts';
import { sendInChunks } from './stream-body.ts';

export interface Outgoing {
  readonly method: string;
  /** But for the body's length and the empty line. */
  readonly head: string;
  readonly body: UpstreamBody | undefined;
}

const ascii = /^[\0-\x7f]*$/;
/** Methods whose requests have no body unless one is given. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** All that can be written at once: the head, and the body unless it streams. */
function firstBytes({ method, head, body }: Outgoing): string | Buffer {
  if (body instanceof ReadableStream) return bytesOf(`${head}transfer-encoding: chunked\r\n\r\n`);
  if (body === undefined)
    return bytesOf(bodiless.has(method) ? `${head}\r\n` : `${head}content-length: 0\r\n\r\n`);
  if (typeof body !== 'string')
    return Buffer.concat([Buffer.from(`${head}content-length: ${body.byteLength}\r\n\r\n`, 'latin1'), body]);
  const full = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return ascii.test(head) ? full + body : Buffer.concat([Buffer.from(full, 'latin1'), Buffer.from(body)]);
}

/** A character of a head stands for a byte. */
function bytesOf(head: string): string | Buffer {
  return ascii.test(head) ? head : Buffer.from(head, 'latin1');
}

export class Http1Sending implements Sending, Served, BodySource {
  readonly reply: Promise<UpstreamReply>;
  readonly #outgoing: Outgoing;
  /** Sends it once more, on a connection of its own. */
  readonly #again: (sending: Http1Sending) => void;
  #answer: (reply: UpstreamReply) => void = () => {};
  #fail: (thrown: unknown) => void = () => {};
  #connection: Connection | undefined;
  #sink: BodySink | undefined;
  #isCancelled = false;
  /** What became of the body before anyone asked for it. */
  #lost: { readonly thrown: unknown } | undefined;
  #hasAnswered = false;
  #onDrained: (() => void) | undefined;

  constructor(outgoing: Outgoing, again: (sending: Http1Sending) => void) {
    this.#outgoing = outgoing;
    this.#again = again;
    this.reply = new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#fail = reject;
    });
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Goes out on a connection that is ready. */
  start(connection: Connection): void {
    this.#connection = connection;
    const { method, body } = this.#outgoing;
    const isStream = body instanceof ReadableStream;
    connection.begin(this, method, firstBytes(this.#outgoing), !isStream);
    if (isStream) sendInChunks(body, connection, this);
  }

  /** No connection could be made. */
  refused(thrown: unknown): void {
    this.#fail(thrown);
  }

  /** The body of the request cannot be read to its end. */
  broken(thrown: unknown): void {
    this.#connection?.destroy();
    this.lost(thrown, false);
  }

  get isOver(): boolean {
    return this.#connection === undefined;
  }

  /** Resolves when what was written is on its way, or nothing matters any more. */
  untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  drained(): void {
    this.#onDrained?.();
    this.#onDrained = undefined;
  }

  gotHead(head: ReplyHead, hasBody: boolean): void {
    this.#hasAnswered = true;
    this.#answer({ status: head.status, headers: head, body: hasBody ? this : null });
  }

  gotChunk(bytes: Uint8Array): void {
    this.#sink?.chunk(bytes);
  }

  gotEnd(): void {
    this.#connection = undefined;
    this.drained();
    this.#sink?.end();
  }

  lost(thrown: unknown, wasStale: boolean): void {
    this.#connection = undefined;
    this.drained();
    if (this.#isCancelled) return;
    if (wasStale && !(this.#outgoing.body instanceof ReadableStream)) this.#again(this);
    else if (!this.#hasAnswered) this.#fail(thrown);
    else if (this.#sink === undefined) this.#lost = { thrown };
    else this.#sink.failed(thrown);
  }

  read(sink: BodySink): void {
    this.#sink = sink;
    if (this.#lost !== undefined) sink.failed(this.#lost.thrown);
    else this.#connection?.resume();
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#sink = undefined;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy();
    this.drained();
    if (!this.#hasAnswered) this.#fail(new Cancelled());
  }
}
