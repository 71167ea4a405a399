/** Gathers a body whole, within its bound, and reads it as UTF-8. */
import type { GatewayError } from '../core/errors.ts';
import { malformed, tooLarge } from '../core/upstream-failure.ts';
import { decodeStrictly } from '../core/utf8.ts';
import type { BodySink } from './transport.ts';

/** Whose body it is. */
interface Gathered {
  progressed(): void;
  finished(): void;
  failed(thrown: unknown): GatewayError;
  close(): void;
}

const byteOrderMark = 0xfeff;

/** Throws a TypeError when the bytes are not UTF-8. */
function textOf(bytes: Uint8Array): string {
  const text: string = Buffer.prototype.utf8Slice.call(bytes, 0, bytes.byteLength);
  // Lenient decoding costs nothing for ASCII; whether it had to invent a character is asked only where there is one.
  if (text.includes('\uFFFD')) return decodeStrictly(bytes);
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
}

/** Most replies have come whole by the time they are read: those cost no promise. */
export class TextSink implements BodySink {
  readonly #of: Gathered;
  readonly #provider: string;
  readonly #maxBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #total = 0;
  #text: string | undefined;
  #failure: GatewayError | undefined;
  #waiting: { resolve(text: string): void; reject(failure: GatewayError): void } | undefined;

  constructor(of: Gathered, provider: string, maxBytes: number) {
    this.#of = of;
    this.#provider = provider;
    this.#maxBytes = maxBytes;
  }

  /** A promise only where something is still to come. Throws, or rejects with, a GatewayError. */
  text(): string | Promise<string> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#text !== undefined) return this.#text;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  chunk(bytes: Uint8Array): void {
    this.#of.progressed();
    this.#total += bytes.byteLength;
    if (this.#total > this.#maxBytes) this.refuse();
    else this.#pieces.push(bytes);
  }

  /** It is larger than it may be. */
  refuse(): void {
    this.#fail(tooLarge(this.#provider, 'a reply', this.#maxBytes));
    this.#of.close();
  }

  end(): void {
    this.#of.finished();
    const [first] = this.#pieces;
    try {
      const isOne = this.#pieces.length === 1 && first !== undefined;
      this.#text = textOf(isOne ? first : Buffer.concat(this.#pieces));
    } catch (thrown) {
      this.#fail(malformed(this.#provider, 'a reply that is not UTF-8', thrown));
      return;
    }
    this.#waiting?.resolve(this.#text);
  }

  failed(thrown: unknown): void {
    this.#fail(this.#of.failed(thrown));
  }

  /** The first failure is the one that counts. */
  #fail(failure: GatewayError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#waiting?.reject(failure);
  }
}
