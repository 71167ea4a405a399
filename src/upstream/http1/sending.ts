/** One request over one connection, and the reply to it. */
import type { BodySink, BodySource, Sending, UpstreamBody, UpstreamReply } from '../transport.ts';
import type { Address } from './address.ts';
import { Cancelled } from './bad-reply.ts';
import type { Connection, Served, Waiting } from './connection.ts';
import type { ReplyHead } from './reply-head.ts';
import { sendInChunks } from './stream-body.ts';

/** Makes connections. */
export interface Connector {
  connect(address: Address, sending: Http1Sending): void;
}

const ascii = /^[\0-\x7f]*$/;
/** Methods whose requests have no body unless one is given. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** All that can be written at once: the head, and the body unless it streams. */
function firstBytes(method: string, head: string, body: UpstreamBody | undefined): string | Buffer {
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

export class Http1Sending implements Sending, Served, Waiting, BodySource {
  readonly reply: Promise<UpstreamReply>;
  readonly #method: string;
  readonly #head: string;
  readonly #body: UpstreamBody | undefined;
  readonly #address: Address;
  readonly #connector: Connector;
  #answer: (reply: UpstreamReply) => void = () => {};
  #fail: (thrown: unknown) => void = () => {};
  #connection: Connection | undefined;
  /** Not ready yet. */
  #coming: Connection | undefined;
  #sink: BodySink | undefined;
  #isCancelled = false;
  /** What became of the body before anyone asked for it. */
  #lost: { readonly thrown: unknown } | undefined;
  #hasAnswered = false;
  #onDrained: (() => void) | undefined;

  /** `head`: but for the body's length and the empty line. */
  constructor(
    method: string,
    head: string,
    body: UpstreamBody | undefined,
    address: Address,
    connector: Connector,
  ) {
    this.#method = method;
    this.#head = head;
    this.#body = body;
    this.#address = address;
    this.#connector = connector;
    this.reply = new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#fail = reject;
    });
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Will go out on this connection, once it is ready. */
  awaits(connection: Connection): void {
    this.#coming = connection;
  }

  /** Goes out on a connection that is ready. */
  start(connection: Connection): void {
    this.#coming = undefined;
    this.#connection = connection;
    const body = this.#body;
    const isStream = body instanceof ReadableStream;
    connection.begin(this, this.#method, firstBytes(this.#method, this.#head, body), !isStream);
    if (isStream) sendInChunks(body, connection, this);
  }

  /** No connection could be made. */
  refused(thrown: unknown): void {
    this.#coming = undefined;
    this.#fail(thrown);
  }

  /** The body of the request cannot be read to its end. */
  broken(thrown: unknown): void {
    if (this.isOver) return;
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
    if (wasStale && !(this.#body instanceof ReadableStream)) this.#connector.connect(this.#address, this);
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
    const connection = this.#connection ?? this.#coming;
    this.#connection = undefined;
    this.#coming = undefined;
    connection?.destroy();
    this.drained();
    if (!this.#hasAnswered) this.#fail(new Cancelled());
  }
}
