/**
 * What is left of a body that has said its last word: let pass for a moment, since most come to their end right then, and
 * a connection whose reply has ended can serve again.
 */
import type { Deadline, Due, TimerWheel } from './timer-wheel.ts';
import type { BodySink, BodySource, Sending } from './transport.ts';

/** Servers end a body in the packet of its last word or the next one; those that never do are not waited for. */
const graceMs = 1_000;
const graceBytes = 1 << 16;

class RestSink implements BodySink, Due {
  readonly #body: BodySource;
  readonly #sending: Sending;
  readonly #deadline: Deadline;
  #bytes = 0;

  constructor(body: BodySource, sending: Sending, wheel: TimerWheel) {
    this.#body = body;
    this.#sending = sending;
    this.#deadline = wheel.schedule(graceMs, this);
  }

  chunk(bytes: Uint8Array): void {
    this.#bytes += bytes.byteLength;
    if (this.#bytes > graceBytes) this.due();
  }

  end(): void {
    this.#deadline.cancel();
  }

  failed(): void {
    this.#deadline.cancel();
  }

  /** It goes on for too long. */
  due(): void {
    this.#deadline.cancel();
    this.#body.cancel();
    this.#sending.cancel();
  }
}

/** Reads what is left, and forgets it. */
export function letPass(body: BodySource, sending: Sending, wheel: TimerWheel): void {
  body.read(new RestSink(body, sending, wheel));
}
