/** The chunked coding (RFC 9112, section 7.1), byte by byte: a chunk's head may be cut anywhere. */
import { BadReply } from './bad-reply.ts';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const semicolon = 0x3b;
/** Sizes stay exact integers. */
const maxDigits = 13;
/** Of a chunk's first line with its extensions, which mean nothing here. */
const maxLineBytes = 4096;
const maxTrailerBytes = 1 << 16;

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

type Phase = 'size' | 'extension' | 'data' | 'data end' | 'trailer' | 'over';

export class Chunked {
  #phase: Phase = 'size';
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
  #sawReturn = false;
  /** Bytes of the present chunk that have not come yet. */
  left = 0;

  get isData(): boolean {
    return this.#phase === 'data';
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** `count` bytes of the chunk were taken. */
  took(count: number): void {
    this.left -= count;
    if (this.left === 0) this.#phase = 'data end';
  }

  /** Reads from `at` to the next data, the end, or the end of the bytes, and says where that is. Throws `BadReply`. */
  skip(bytes: Uint8Array, at: number): number {
    let next = at;
    while (next < bytes.length && this.#phase !== 'data' && this.#phase !== 'over') {
      this.#take(bytes[next] ?? 0);
      next++;
    }
    return next;
  }

  #take(byte: number): void {
    if (this.#sawReturn) {
      if (byte !== lineFeed) throw new BadReply('a line of a chunked body ends in half');
      this.#sawReturn = false;
      this.#endLine();
    } else if (byte === carriageReturn) this.#sawReturn = true;
    else this.#takeInLine(byte);
  }

  #takeInLine(byte: number): void {
    if (byte === lineFeed || byte === 0) throw new BadReply('a line of a chunked body is malformed');
    if (this.#phase === 'data end') throw new BadReply('a chunk is longer than it said');
    this.#lineBytes++;
    if (this.#phase === 'trailer') {
      if (++this.#trailerBytes > maxTrailerBytes) throw new BadReply('the trailers are too long');
      return;
    }
    if (this.#lineBytes > maxLineBytes) throw new BadReply('the head of a chunk is too long');
    if (this.#phase === 'size') this.#takeDigit(byte);
  }

  #takeDigit(byte: number): void {
    const digit = hexDigit(byte);
    if (digit === -1) {
      if (this.#digits === 0 || (byte !== semicolon && !isBlank(byte)))
        throw new BadReply('the size of a chunk is malformed');
      this.#phase = 'extension';
      return;
    }
    if (++this.#digits > maxDigits) throw new BadReply('the size of a chunk is too large');
    this.#size = this.#size * 16 + digit;
  }

  #endLine(): void {
    const wasEmpty = this.#lineBytes === 0;
    this.#lineBytes = 0;
    if (this.#phase === 'data end') this.#phase = 'size';
    else if (this.#phase === 'trailer') {
      if (wasEmpty) this.#phase = 'over';
    } else {
      if (this.#digits === 0) throw new BadReply('the size of a chunk is missing');
      this.left = this.#size;
      this.#phase = this.#size === 0 ? 'trailer' : 'data';
      this.#size = 0;
      this.#digits = 0;
    }
  }
}
