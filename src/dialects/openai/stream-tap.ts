/**
 * Pass-through of an OpenAI stream: the bytes go on untouched, whole events at a time. No event is parsed on the way; one
 * search looks for the few words that matter: finish, usage, an error, the end. Only a piece that has one of the rarer ones,
 * or does not look like JSON, is read event by event.
 */
import { isUtf8 } from 'node:buffer';
import { GatewayError, type UpstreamRefusal } from '../../core/errors.ts';
import { EventHold, EventTooLarge } from '../../core/event-hold.ts';
import { isObject, type JsonObject, parseObject, stringOf } from '../../core/json.ts';
import { incomplete, malformed, tooLarge } from '../../core/upstream-failure.ts';
import type { Observation, StreamEnd, StreamStep, StreamTapOptions } from '../dialect.ts';
import { eventsOf } from '../sse-decoder.ts';
import { readFailure } from './error.ts';
import { finishReason } from './reply-reader.ts';
import { doneEvent, isUsageChunk } from './stream-writer.ts';
import { readUsage } from './usage.ts';

/**
 * What hardly any piece has. Inside a JSON string the quotes would be escaped, so a quoted word can only be a key. Spaced in
 * ways nobody is known to, a key counts as telling: the piece is read in the end.
 */
const telling = /"(?:usage|finish_reason)"(?!: ?null)|"error"|\[DONE\]/;
const tellingFinish = /"finish_reason"(?!: ?null)/;
const tellingUsage = /"usage"(?!: ?null)/;
const usageKey = '"usage"';
const emptyUsage = ',"usage":null';
const errorKey = '"error"';
const doneMark = '[DONE]';
const eventEnd = /(?<=\n\n|\r\n\r\n|\n\r\n|\r\r)/;

type ObservationDraft = { -readonly [Name in keyof Observation]: Observation[Name] };

export function observe(json: JsonObject): Observation {
  const usage = readUsage(json.usage, json.service_tier);
  const { choices } = json;
  const native =
    Array.isArray(choices) && isObject(choices[0]) ? stringOf(choices[0].finish_reason) : undefined;
  const observed: ObservationDraft = {};
  if (usage !== undefined) observed.usage = usage;
  if (native !== undefined) observed.finish = finishReason(native);
  return observed;
}

/** A character a byte, so that places are the same: decoding and one search cost less than two searches in bytes. */
function latin1(piece: Uint8Array): string {
  return Buffer.prototype.latin1Slice.call(piece, 0, piece.length);
}

/** The piece without `length` bytes from `at` on: what follows is moved up, which is a few bytes where a copy would be all. */
function without(piece: Uint8Array, at: number, length: number): Uint8Array {
  return piece.copyWithin(at, at + length).subarray(0, piece.length - length);
}

/** Whether the last event of a piece ends as an object does. */
function endsInObject(piece: Uint8Array): boolean {
  let at = piece.length - 1;
  while (at >= 0 && (piece[at] === 0x0a || piece[at] === 0x0d)) at--;
  return piece[at] === 0x7d;
}

class StreamTap implements StreamStep {
  readonly #options: StreamTapOptions;
  readonly #hold: EventHold;
  /** The last pieces that told of a finish and of usage: read when the stream ends. */
  #finish: Uint8Array | undefined;
  #usage: Uint8Array | undefined;
  #failure: GatewayError | undefined;
  isOver = false;

  constructor(options: StreamTapOptions) {
    this.#options = options;
    this.#hold = new EventHold(options.maxEventBytes);
  }

  push(chunk: Uint8Array): Uint8Array | string | undefined {
    const piece = this.#release(chunk);
    return piece === undefined ? undefined : this.#pass(piece);
  }

  end(): StreamEnd {
    const rest = this.isOver ? undefined : this.#lastWords();
    const observation = this.observed();
    const text = rest ?? '';
    if (this.#failure !== undefined) return { ...observation, text, error: this.#failure };
    if (this.isOver) return { ...observation, text };
    if (observation.finish !== undefined) return { ...observation, text: text + doneEvent };
    return { ...observation, text, error: incomplete(this.#options.provider) };
  }

  observed(): Observation {
    let read: Observation = {};
    for (const piece of new Set([this.#finish, this.#usage])) {
      if (piece === undefined) continue;
      for (const { data } of eventsOf(Buffer.from(piece).toString('utf8'))) {
        const json = parseObject(data);
        if (json !== undefined) read = { ...read, ...observe(json) };
      }
    }
    return read;
  }

  #release(chunk: Uint8Array): Uint8Array | undefined {
    try {
      return this.#hold.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof EventTooLarge)) throw thrown;
      throw tooLarge(this.#options.provider, 'one event', this.#options.maxEventBytes);
    }
  }

  /** Whole events, on their way to the client. */
  #pass(piece: Uint8Array): Uint8Array | undefined {
    const text = latin1(piece);
    if (!telling.test(text) && endsInObject(piece) && isUtf8(piece))
      return this.#options.hideUsage ? this.#hideEmptyUsage(piece, text) : piece;
    if (tellingFinish.test(text)) this.#finish = piece;
    if (tellingUsage.test(text)) this.#usage = piece;
    const hides = this.#options.hideUsage && text.includes(usageKey);
    const plain =
      endsInObject(piece) && isUtf8(piece) && !text.includes(errorKey) && !text.includes(doneMark);
    return plain && !hides ? piece : this.#readEach(piece, text);
  }

  /** Takes out the `"usage":null` which every chunk of a stream has once usage was asked for. */
  #hideEmptyUsage(piece: Uint8Array, text: string): Uint8Array | undefined {
    const first = text.indexOf(usageKey);
    if (first === -1) return piece;
    const last = text.lastIndexOf(emptyUsage);
    if (last === first - 1) return without(piece, last, emptyUsage.length);
    const rest = text.replaceAll(emptyUsage, '');
    const bytes = Buffer.from(rest, 'latin1');
    return rest.includes(usageKey) ? this.#readEach(bytes, rest) : bytes;
  }

  /** Works on bytes as Latin-1 characters, so that what is kept is kept to the byte. */
  #readEach(piece: Uint8Array, text: string): Uint8Array | undefined {
    if (!isUtf8(piece)) throw this.#malformed('a stream that is not UTF-8');
    let kept = '';
    for (const event of text.split(eventEnd)) {
      if (this.isOver) break;
      kept += this.#passEvent(event);
    }
    return kept === '' ? undefined : Buffer.from(kept, 'latin1');
  }

  #passEvent(event: string): string {
    const data = eventsOf(`${Buffer.from(event, 'latin1').toString('utf8')}\n\n`)[0]?.data;
    if (data === undefined) return event;
    if (data.trim() === '[DONE]') {
      this.isOver = true;
      return event;
    }
    const json = parseObject(data);
    if (json === undefined) return this.#give(this.#malformed('an event that is not a JSON object'));
    const failure = readFailure(json);
    if (failure !== undefined) return this.#give(this.#reported(failure));
    if (!this.#options.hideUsage) return event;
    if (isUsageChunk(json)) return '';
    return event
      .replaceAll(/,\s*"usage"\s*:\s*null/g, '')
      .replaceAll(/(?<=\{\s*)"usage"\s*:\s*null\s*,\s*/g, '');
  }

  /** The stream is over with this; what came before it is still passed on. */
  #give(failure: GatewayError): string {
    this.#failure = failure;
    this.isOver = true;
    return '';
  }

  /** Some servers end without the last blank line; half an event is dropped. */
  #lastWords(): string | undefined {
    const rest = this.#hold.rest();
    if (rest.length === 0 || !isUtf8(rest)) return undefined;
    const text = Buffer.from(rest).toString('utf8').trimEnd();
    const data = eventsOf(`${text}\n\n`)[0]?.data;
    if (data === undefined || (data.trim() !== '[DONE]' && parseObject(data) === undefined)) return undefined;
    const passed = this.#pass(Buffer.from(`${text}\n\n`));
    return passed === undefined ? undefined : Buffer.from(passed as Uint8Array).toString('utf8');
  }

  #malformed(what: string): GatewayError {
    return malformed(this.#options.provider, what);
  }

  #reported(failure: UpstreamRefusal): GatewayError {
    const refusal = this.#options.scrub(failure);
    return new GatewayError('upstream_rejected', refusal.message, { refusal });
  }
}

export function createStreamTap(options: StreamTapOptions): StreamStep {
  return new StreamTap(options);
}
