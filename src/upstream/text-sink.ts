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
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // Lenient decoding costs nothing for ASCII; whether it had to invent a character is asked only where there is one.
  if (text.includes('\uFFFD')) return decodeStrictly(bytes);
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
}

export class TextSink implements BodySink {
  readonly #of: Gathered;
  readonly #provider: string;
  readonly #maxBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #total = 0;
  #resolve: (text: string) => void = () => {};
  #reject: (failure: unknown) => void = () => {};
  /** Rejects with a GatewayError. */
  readonly text: Promise<string>;

  constructor(of: Gathered, provider: string, maxBytes: number) {
    this.#of = of;
    this.#provider = provider;
    this.#maxBytes = maxBytes;
    this.text = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
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
    this.#reject(tooLarge(this.#provider, 'a reply', this.#maxBytes));
    this.#of.close();
  }

  end(): void {
    this.#of.finished();
    const [first] = this.#pieces;
    try {
      this.#resolve(
        textOf(this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces)),
      );
    } catch (thrown) {
      this.#reject(malformed(this.#provider, 'a reply that is not UTF-8', thrown));
    }
  }

  failed(thrown: unknown): void {
    this.#reject(this.#of.failed(thrown));
  }
}
