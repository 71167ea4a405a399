/** A body that is asked for piece by piece, until what is left of it may flow. */
import type { BodySink, BodySource } from './transport.ts';

interface Waiting {
  resolve(piece: Uint8Array | undefined): void;
  reject(thrown: unknown): void;
}

export class PieceReader implements BodySink {
  readonly #source: BodySource;
  /** Came before it was asked for. */
  readonly #pieces: Uint8Array[] = [];
  #waiting: Waiting | undefined;
  #hasBegun = false;
  #hasEnded = false;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** The next piece; undefined at the end. Rejects as the body fails. */
  next(): Promise<Uint8Array | undefined> {
    const piece = this.#pieces.shift();
    if (piece !== undefined || this.#hasEnded) return Promise.resolve(piece);
    if (this.#failure !== undefined) return Promise.reject(this.#failure.thrown);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#goOn();
    });
  }

  /** From now on everything goes to `sink`, what waits here first; nothing more comes here. */
  flow(sink: BodySink): void {
    for (const piece of this.#pieces.splice(0)) sink.chunk(piece);
    if (this.#failure !== undefined) sink.failed(this.#failure.thrown);
    else if (this.#hasEnded) sink.end();
    else this.#source.read(sink);
  }

  chunk(bytes: Uint8Array): void {
    this.#source.pause();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#pieces.push(bytes);
    else waiting.resolve(bytes);
  }

  end(): void {
    this.#hasEnded = true;
    this.#waiting?.resolve(undefined);
  }

  failed(thrown: unknown): void {
    this.#failure = { thrown };
    this.#waiting?.reject(thrown);
  }

  #goOn(): void {
    if (this.#hasBegun) this.#source.resume();
    else {
      this.#hasBegun = true;
      this.#source.read(this);
    }
  }
}
