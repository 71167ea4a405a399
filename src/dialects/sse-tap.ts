/**
 * Pass-through of a stream of server-sent events: bytes go on untouched, whole events at a time. Only pieces that hold one
 * of a dialect's telling words are read, by its own reader, for usage, finish, failure and end.
 */
import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../core/errors.ts';
import { EventHold, EventTooLarge } from '../core/event-hold.ts';
import { parseJson } from '../core/json.ts';
import { finishOf, usageOf } from '../core/reply.ts';
import { incomplete, malformed, tooLarge } from '../core/upstream-failure.ts';
import {
  BadFraming,
  type Observation,
  type StreamEnd,
  type StreamReader,
  type StreamStep,
  type StreamTapOptions,
} from './dialect.ts';
import { eventsOf } from './sse-decoder.ts';

export interface TellingWords {
  /** Read as it passes: what begins, fails or ends a stream. */
  readonly now: readonly string[];
  /** Said again and again, the last time for good (a running usage): the last piece with each is read at the end. */
  readonly last?: readonly string[];
  /** A failure reaches the client as the upstream's own event instead of being written anew. */
  readonly passesFailures?: boolean;
  /** The event that says a stream is over: sent in the place of an upstream that ends after its finish without it. */
  readonly lastEvent?: string;
}

/** After each event's blank line, whichever line ends the stream has. */
const eventEnd = /(?<=\n\n|\r\n\r\n|\n\r\n|\r\r)/;

/** Whether each event of a piece ends as an object does: what breaks off in the middle of its JSON must not pass unread. */
function endInObjects(piece: Uint8Array): boolean {
  const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  for (let end = view.length; end > 0; ) {
    let last = end - 1;
    while (last >= 0 && (view[last] === 0x0a || view[last] === 0x0d)) last--;
    if (view[last] !== 0x7d) return last < 0;
    end = Math.max(view.lastIndexOf('\n\n', last), view.lastIndexOf('\n\r\n', last)) + 1;
  }
  return true;
}

function has(piece: Uint8Array, word: Buffer): boolean {
  return Buffer.prototype.indexOf.call(piece, word) !== -1;
}

function wordsOf(words: readonly string[]): readonly Buffer[] {
  return words.map((word) => Buffer.from(word, 'latin1'));
}

class SseTap implements StreamStep {
  readonly #options: StreamTapOptions;
  readonly #reader: StreamReader;
  readonly #now: readonly Buffer[];
  readonly #last: readonly Buffer[];
  readonly #passesFailures: boolean;
  readonly #lastEvent: string;
  readonly #hold: EventHold;
  /** By word of `#last`: the last piece that has it. */
  readonly #kept: (Uint8Array | undefined)[] = [];
  #observed: Observation = {};
  #failure: GatewayError | undefined;
  #failureIsTold = false;
  isOver = false;

  constructor(
    options: StreamTapOptions,
    reader: StreamReader,
    now: readonly Buffer[],
    last: readonly Buffer[],
    words: TellingWords,
  ) {
    this.#options = options;
    this.#reader = reader;
    this.#now = now;
    this.#last = last;
    this.#passesFailures = words.passesFailures === true;
    this.#lastEvent = words.lastEvent ?? '';
    this.#hold = new EventHold(options.maxEventBytes);
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    let piece: Uint8Array | undefined;
    try {
      piece = this.#hold.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof EventTooLarge)) throw thrown;
      throw tooLarge(this.#options.provider, 'one event', this.#options.maxEventBytes);
    }
    return piece === undefined ? undefined : this.#pass(piece);
  }

  end(): StreamEnd {
    const rest = this.isOver ? undefined : this.#lastWords();
    const text = rest ?? '';
    const observation = this.observed();
    if (this.#failure !== undefined)
      return { ...observation, text, error: this.#failure, ...(this.#failureIsTold && { isTold: true }) };
    if (this.isOver) return { ...observation, text };
    if (observation.finish === undefined)
      return { ...observation, text, error: incomplete(this.#options.provider) };
    return { ...observation, text: Buffer.concat([Buffer.from(text), Buffer.from(this.#lastEvent)]) };
  }

  observed(): Observation {
    for (const piece of new Set(this.#kept.splice(0)))
      if (piece !== undefined)
        for (const event of eventsOf(Buffer.from(piece).toString('utf8'))) this.#read(event);
    return this.#observed;
  }

  #pass(piece: Uint8Array): Uint8Array | undefined {
    if (!isUtf8(piece)) throw malformed(this.#options.provider, 'a stream that is not UTF-8');
    for (const [at, word] of this.#last.entries()) if (has(piece, word)) this.#kept[at] = piece;
    if (endInObjects(piece) && !this.#now.some((word) => has(piece, word))) return piece;
    let passed = 0;
    // Characters stand for bytes, so that lengths are the piece's own.
    for (const text of Buffer.from(piece).toString('latin1').split(eventEnd)) {
      for (const event of eventsOf(`${Buffer.from(text, 'latin1').toString('utf8')}\n\n`)) this.#read(event);
      // The writer of the client's dialect says what failed, once.
      if (this.#failure !== undefined && !this.#failureIsTold) break;
      passed += text.length;
      if (this.isOver) break;
    }
    return passed === 0 ? undefined : piece.subarray(0, passed);
  }

  #read(event: { data: string; name?: string }): void {
    try {
      const frame = this.#reader.read(event);
      if (frame === undefined) return;
      if (frame === 'over') {
        this.isOver = true;
        return;
      }
      const usage = usageOf(frame);
      const finish = finishOf(frame);
      if (usage !== undefined || finish !== undefined)
        this.#observed = {
          ...this.#observed,
          ...(usage && { usage }),
          ...(finish && { finish }),
        };
      if (frame.isLast === true) this.isOver = true;
      if (frame.failure === undefined) return;
      const refusal = this.#options.scrub(frame.failure);
      // What holds a secret must not pass.
      this.#failureIsTold = this.#passesFailures && Bun.deepEquals(refusal, frame.failure);
      this.#fail(new GatewayError('upstream_rejected', refusal.message, { refusal }));
    } catch (thrown) {
      if (!(thrown instanceof BadFraming)) throw thrown;
      this.#fail(malformed(this.#options.provider, thrown.message));
    }
  }

  #fail(failure: GatewayError): void {
    this.#failure = failure;
    this.isOver = true;
  }

  /** Some servers end without the last blank line; half an event is dropped. */
  #lastWords(): Uint8Array | undefined {
    const rest = this.#hold.rest();
    if (rest.length === 0 || !isUtf8(rest)) return undefined;
    const text = `${Buffer.from(rest).toString('utf8').trimEnd()}\n\n`;
    const [event] = eventsOf(text);
    if (event === undefined) return undefined;
    if (parseJson(event.data) === undefined) return undefined;
    return this.#pass(Buffer.from(text));
  }
}

/** A tap for one dialect, from its telling words and its reader. Words are searched as bytes: Latin-1 only. */
export function defineSseTap(
  words: TellingWords,
  createReader: () => StreamReader,
): (options: StreamTapOptions) => StreamStep {
  const now = wordsOf(words.now);
  const last = wordsOf(words.last ?? []);
  return (options) => new SseTap(options, createReader(), now, last, words);
}
