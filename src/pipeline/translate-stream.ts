/** A stream translated event by event: read in the upstream's dialect, written in the client's. */
import { type GatewayError, toGatewayError } from '../core/errors.ts';
import { EventTooLarge } from '../core/event-hold.ts';
import { failureAbroad, finishOf, type ReplyFrame, usageOf } from '../core/reply.ts';
import { incomplete, malformed, tooLarge } from '../core/upstream-failure.ts';
import {
  BadFraming,
  type EventDecoder,
  type Observation,
  type SpeakHalf,
  type StreamEnd,
  type StreamReader,
  type StreamStep,
  type StreamWriter,
  type WireEvent,
} from '../dialects/dialect.ts';
import type { Provider } from '../providers/provider.ts';
import type { ReplyCrossing } from './crossing.ts';
import { rejected, tooDeep } from './refusal.ts';

type Wire = string | Uint8Array;

function joined(pieces: readonly Wire[]): Wire | undefined {
  const [only] = pieces;
  if (pieces.length <= 1) return only;
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

export class StreamTranslation implements StreamStep {
  readonly #provider: Provider;
  readonly #maxEventBytes: number;
  readonly #crossing: ReplyCrossing | undefined;
  readonly #decoder: EventDecoder;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  #written: Wire[] = [];
  #observed: Observation = {};
  isOver = false;
  /** Why the stream ends; what was written before it goes out first. */
  #failure: GatewayError | undefined;

  /** `crossing`: where the client's dialect is another than the upstream's. */
  constructor(
    speak: SpeakHalf,
    writer: StreamWriter,
    provider: Provider,
    maxEventBytes: number,
    crossing?: ReplyCrossing,
  ) {
    this.#crossing = crossing;
    this.#provider = provider;
    this.#maxEventBytes = maxEventBytes;
    this.#decoder = speak.createDecoder(maxEventBytes);
    this.#reader = speak.createStreamReader();
    this.#writer = writer;
  }

  push(chunk: Uint8Array): Wire | undefined {
    let events: WireEvent[];
    try {
      events = this.#decoder.push(chunk);
    } catch (thrown) {
      throw this.#broken(thrown);
    }
    for (const event of events) this.#attempt(event);
    return this.#taken();
  }

  end(): StreamEnd {
    if (!this.isOver) this.#readUnfinished();
    const isComplete = this.#failure === undefined && (this.isOver || this.#observed.finish !== undefined);
    if (isComplete) this.#finish();
    const text = this.#taken() ?? '';
    if (isComplete) return { ...this.#observed, text };
    return { ...this.#observed, text, error: this.#failure ?? incomplete(this.#provider.name) };
  }

  observed(): Observation {
    return this.#observed;
  }

  /** What cannot be read at the very end was cut short. */
  #readUnfinished(): void {
    try {
      for (const event of this.#decoder.end()) this.#attempt(event);
    } catch (thrown) {
      if (!(thrown instanceof BadFraming)) throw thrown;
    }
    if (this.#failure?.code !== 'upstream_malformed') return;
    this.#failure = undefined;
    this.isOver = false;
  }

  #attempt(event: WireEvent): void {
    if (this.isOver) return;
    try {
      this.#read(event);
    } catch (thrown) {
      this.#failure = this.#broken(thrown);
      this.isOver = true;
    }
  }

  #read(event: WireEvent): void {
    const frame = this.#reader.read(event);
    if (frame === undefined) return;
    if (frame === 'over') {
      this.isOver = true;
      return;
    }
    this.#observe(frame);
    const failure = this.#crossing === undefined ? frame.failure : failureAbroad(frame);
    if (failure !== undefined) throw rejected(this.#provider, failure);
    const crossed = this.#crossing?.frame(frame) ?? frame;
    this.#keep(this.#writer.write(crossed));
    if (frame.isLast === true) this.isOver = true;
  }

  #observe(frame: ReplyFrame): void {
    const usage = usageOf(frame);
    const finish = finishOf(frame);
    if (usage !== undefined) this.#observed = { ...this.#observed, usage };
    if (finish !== undefined) this.#observed = { ...this.#observed, finish };
  }

  #finish(): void {
    const last = this.#crossing?.lastFrame();
    if (last !== undefined) this.#keep(this.#writer.write(last));
    this.#keep(this.#writer.end());
  }

  #keep(wire: Wire): void {
    if (wire.length > 0) this.#written.push(wire);
  }

  #taken(): Wire | undefined {
    const written = joined(this.#written);
    this.#written = [];
    return written;
  }

  #broken(thrown: unknown): GatewayError {
    if (thrown instanceof BadFraming) return malformed(this.#provider.name, thrown.message, thrown.cause);
    if (thrown instanceof EventTooLarge)
      return tooLarge(this.#provider.name, 'one event', this.#maxEventBytes);
    if (thrown instanceof RangeError) return tooDeep(this.#provider, thrown);
    return toGatewayError(thrown);
  }
}
