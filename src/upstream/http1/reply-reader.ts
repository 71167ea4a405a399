/** Reads replies off the bytes of one connection: pure, so that every cut and every fault can be shown to it. */
import { BadReply, ConnectionLost } from './bad-reply.ts';
import { Chunked } from './chunked.ts';
import { type Framing, framingOf, staysOpen } from './framing.ts';
import { ReplyHead } from './reply-head.ts';

export interface ReplyListener {
  /** `hasBody`: whether chunks and `done` may follow, once `resume` is called. */
  head(head: ReplyHead, hasBody: boolean): void;
  chunk(bytes: Uint8Array): void;
  /** The reply is whole. Not while the reader is paused. */
  done(): void;
}

const headEnd = '\r\n\r\n';
export const maxHeadBytes = 1 << 18;

const beginning = Buffer.from('HTTP/1.');

/** Another protocol is told by its first bytes: what waits for an empty line may wait for good. */
function checkBeginning(bytes: Buffer): void {
  const length = Math.min(bytes.length, beginning.length);
  if (bytes.compare(beginning, 0, length, 0, length) !== 0)
    throw new BadReply('it does not begin as HTTP/1 does');
  if (bytes.includes('\n\n')) throw new BadReply('the head ends in bare line feeds');
}

type Phase = 'idle' | 'head' | 'body' | 'over';

export class ReplyReader {
  readonly #listener: ReplyListener;
  #phase: Phase = 'idle';
  #isHeadRequest = false;
  /** A head that has come in part. */
  #begun: Buffer | undefined;
  #framing: Framing = 'none';
  #chunked: Chunked | undefined;
  /** Of a body whose length was said. */
  #left = 0;
  /** What came while nothing may be handed over. */
  #held: Buffer | undefined;
  #isPaused = false;
  #staysOpen = false;
  #hasExcess = false;
  /** The reply is whole, and nobody has been told. */
  #owesEnd = false;
  /** Whether anything has come since the request. */
  hasBegun = false;

  constructor(listener: ReplyListener) {
    this.#listener = listener;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** The reply is whole, it came alone, and both sides mean to go on. */
  get mayServeAgain(): boolean {
    return this.#phase === 'over' && this.#staysOpen && !this.#hasExcess && this.#held === undefined;
  }

  /** A request goes out. */
  begin(method: string): void {
    this.#phase = 'head';
    this.#isHeadRequest = method === 'HEAD';
    this.#begun = undefined;
    this.#held = undefined;
    this.#isPaused = false;
    this.#staysOpen = false;
    this.#hasExcess = false;
    this.#owesEnd = false;
    this.hasBegun = false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Hands over what was held. Throws `BadReply`. */
  resume(): void {
    this.#isPaused = false;
    if (this.#owesEnd) {
      this.#owesEnd = false;
      this.#listener.done();
      return;
    }
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.push(held);
  }

  /** Throws `BadReply`. */
  push(bytes: Buffer): void {
    this.hasBegun = true;
    let at = 0;
    while (at < bytes.length && !this.#isPaused) at = this.#step(bytes, at);
    if (at === bytes.length) return;
    const rest = at === 0 ? bytes : bytes.subarray(at);
    this.#held = this.#held === undefined ? rest : Buffer.concat([this.#held, rest]);
  }

  /** The connection has ended. Throws `ConnectionLost` where that cuts the reply. */
  end(): void {
    if (this.#phase !== 'body' || this.#framing !== 'close') throw new ConnectionLost();
    this.#phase = 'over';
    this.#listener.done();
  }

  #step(bytes: Buffer, at: number): number {
    if (this.#phase === 'head') return this.#stepHead(bytes, at);
    if (this.#phase === 'body') return this.#stepBody(bytes, at);
    // Whatever it is, it answers nothing that was asked.
    this.#hasExcess = true;
    return bytes.length;
  }

  #stepHead(bytes: Buffer, at: number): number {
    const before = this.#begun?.length ?? 0;
    const fresh = at === 0 ? bytes : bytes.subarray(at);
    const all = this.#begun === undefined ? fresh : Buffer.concat([this.#begun, fresh]);
    const end = all.indexOf(headEnd, Math.max(0, before - headEnd.length + 1), 'latin1');
    if (Math.max(end, end === -1 ? all.length : 0) > maxHeadBytes) throw new BadReply('the head is too long');
    if (end === -1) {
      checkBeginning(all);
      this.#begun = all;
      return bytes.length;
    }
    this.#begun = undefined;
    const next = at + end + headEnd.length - before;
    this.#takeHead(new ReplyHead(all.toString('latin1', 0, end)), next < bytes.length);
    return next;
  }

  #takeHead(head: ReplyHead, isFollowed: boolean): void {
    if (head.status < 200) {
      // Nobody asked for another protocol; any other word in between is followed by the reply itself.
      if (head.status === 101) throw new BadReply('the other side changes the protocol');
      return;
    }
    const framing = framingOf(head, this.#isHeadRequest);
    this.#framing = framing;
    this.#staysOpen = staysOpen(head, framing);
    this.#chunked = framing === 'chunked' ? new Chunked() : undefined;
    this.#left = typeof framing === 'number' ? framing : 0;
    if (framing === 'none') {
      this.#phase = 'over';
      this.#hasExcess = isFollowed;
      this.#listener.head(head, false);
      this.#listener.done();
      return;
    }
    this.#isPaused = true;
    if (framing === 0) this.#finish(isFollowed);
    else this.#phase = 'body';
    this.#listener.head(head, true);
  }

  #stepBody(bytes: Buffer, at: number): number {
    const chunked = this.#chunked;
    if (chunked !== undefined) return this.#stepChunked(chunked, bytes, at);
    if (this.#framing === 'close') {
      this.#listener.chunk(at === 0 ? bytes : bytes.subarray(at));
      return bytes.length;
    }
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#listener.chunk(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    if (this.#left === 0) this.#finish(end < bytes.length);
    return end;
  }

  #stepChunked(chunked: Chunked, bytes: Buffer, at: number): number {
    if (!chunked.isData) {
      const next = chunked.skip(bytes, at);
      if (chunked.isOver) this.#finish(next < bytes.length);
      return next;
    }
    const end = Math.min(bytes.length, at + chunked.left);
    chunked.took(end - at);
    this.#listener.chunk(bytes.subarray(at, end));
    return end;
  }

  /** What else has come is known before anyone may take the connection for free. */
  #finish(isFollowed: boolean): void {
    this.#phase = 'over';
    if (isFollowed) this.#hasExcess = true;
    if (this.#isPaused) this.#owesEnd = true;
    else this.#listener.done();
  }
}
