/** Between bodies that are pushed and the runtime's streams, which are pulled. */
import type { BodySink, BodySource } from './transport.ts';

/** A stream as a body: each chunk is asked for when the one before has been taken. */
export class StreamSource implements BodySource {
  readonly #reader: Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>;
  #sink: BodySink | undefined;
  #isPaused = false;
  #isReading = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  }

  read(sink: BodySink): void {
    this.#sink = sink;
    this.resume();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#next();
  }

  cancel(): void {
    this.#sink = undefined;
    this.#reader.cancel().catch(() => {});
  }

  #next(): void {
    if (this.#isPaused || this.#isReading || this.#sink === undefined) return;
    this.#isReading = true;
    this.#reader.read().then(this.#onRead, this.#onError);
  }

  readonly #onRead = ({ done, value }: { done: boolean; value?: Uint8Array | undefined }): void => {
    this.#isReading = false;
    const sink = this.#sink;
    if (sink === undefined) return;
    if (done || value === undefined) {
      this.#sink = undefined;
      sink.end();
      return;
    }
    sink.chunk(value);
    this.#next();
  };

  readonly #onError = (thrown: unknown): void => {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.failed(thrown);
  };
}

/** A body as a stream, for what takes nothing else. */
export function streamOf(source: BodySource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      source.pause();
      source.read({
        chunk(bytes) {
          source.pause();
          controller.enqueue(bytes);
        },
        end: () => controller.close(),
        failed: (thrown) => controller.error(thrown),
      });
    },
    pull: () => source.resume(),
    cancel: () => source.cancel(),
  });
}
