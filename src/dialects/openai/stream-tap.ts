/**
 * Pass-through of an OpenAI stream: the bytes go on untouched, whole events at a time. Usage and finish are read from the
 * last few pieces when the stream ends; only where the client must not see usage is each piece searched for it.
 */
import { createParser } from 'eventsource-parser';
import { GatewayError } from '../../core/errors.ts';
import { EventHold, EventTooLarge } from '../../core/event-hold.ts';
import { isObject, type JsonObject, stringOf } from '../../core/json.ts';
import type { Observation, StreamEnd, StreamStep, StreamTapOptions } from '../dialect.ts';
import { readRefusal } from './error.ts';
import { finishReasons } from './reply-reader.ts';
import { doneEvent, isUsageChunk } from './stream-writer.ts';
import { readUsage } from './usage.ts';

const usageMarker = Buffer.from('"usage"', 'latin1');
/** How many pieces are kept to be read at the end: finish, usage and `[DONE]` are the last things said. */
const keptPieces = 8;

export function observe(json: JsonObject): Observation {
  const usage = readUsage(json.usage);
  const choices = json.choices;
  const first =
    Array.isArray(choices) && isObject(choices[0]) ? stringOf(choices[0].finish_reason) : undefined;
  return {
    ...(usage !== undefined && { usage }),
    ...(first !== undefined && { finish: finishReasons[first] ?? 'other' }),
  };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function eventsOf(text: string): string[] {
  const events: string[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event.data) });
  parser.feed(text);
  return events;
}

class StreamTap implements StreamStep {
  readonly #options: StreamTapOptions;
  readonly #hold: EventHold;
  readonly #kept: Uint8Array[] = [];
  #next = 0;
  #hidden: Observation = {};

  constructor(options: StreamTapOptions) {
    this.#options = options;
    this.#hold = new EventHold(options.maxEventBytes);
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    const piece = this.#release(chunk);
    if (piece === undefined) return undefined;
    this.#kept[this.#next] = piece;
    this.#next = (this.#next + 1) % keptPieces;
    if (!this.#options.hideUsage || Buffer.prototype.indexOf.call(piece, usageMarker) === -1) return piece;
    return this.#hideUsage(piece);
  }

  end(): StreamEnd {
    const { provider } = this.#options;
    const rest = this.#hold.rest();
    const last = this.#readKept();
    if (last.error !== undefined) return { ...last, text: '' };
    if (last.done) return { ...last, text: '' };
    // Some servers end with the finish chunk and nothing after it, not even the blank line.
    const unfinished = rest.length === 0 ? undefined : this.#readRest(rest);
    const finish = last.finish ?? unfinished?.finish;
    if (finish !== undefined)
      return { ...last, ...unfinished, finish, text: (unfinished?.text ?? '') + doneEvent };
    const message = `The connection to the provider '${provider}' ended before its reply was complete.`;
    return { ...last, text: '', error: new GatewayError('upstream_incomplete', message) };
  }

  observed(): Observation {
    const { usage, finish } = this.#readKept();
    return { ...(usage !== undefined && { usage }), ...(finish !== undefined && { finish }) };
  }

  #release(chunk: Uint8Array): Uint8Array | undefined {
    try {
      return this.#hold.push(chunk);
    } catch (thrown) {
      if (!(thrown instanceof EventTooLarge)) throw thrown;
      const { provider, maxEventBytes } = this.#options;
      throw new GatewayError(
        'upstream_too_large',
        `The provider '${provider}' sent one event of more than ${maxEventBytes} bytes.`,
      );
    }
  }

  /** Works on bytes as Latin-1 characters, so that what is kept is kept to the byte. */
  #hideUsage(piece: Uint8Array): Uint8Array {
    const before = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    // Inside a JSON string the quotes would be escaped, so this can only be the field itself.
    const text = before.replaceAll(/,\s*"usage"\s*:\s*null/g, '');
    if (!text.includes('"usage"')) return Buffer.from(text, 'latin1');
    const events = text.split(/(?<=\n\n|\r\n\r\n|\n\r\n|\r\r)/);
    return Buffer.from(events.filter((event) => !this.#takeUsage(event)).join(''), 'latin1');
  }

  #takeUsage(event: string): boolean {
    if (!event.includes('"usage"')) return false;
    const [data] = eventsOf(Buffer.from(event, 'latin1').toString('utf8'));
    const json = data === undefined ? undefined : parseObject(data);
    if (json === undefined || !isUsageChunk(json)) return false;
    this.#hidden = observe(json);
    return true;
  }

  #readRest(rest: Uint8Array): ({ text: string } & Observation) | undefined {
    const text = new TextDecoder().decode(rest);
    const [data] = eventsOf(`${text}\n\n`);
    const json = data === undefined ? undefined : parseObject(data);
    return json === undefined ? undefined : { ...observe(json), text: `${text.trimEnd()}\n\n` };
  }

  #readKept(): Observation & { done: boolean; error?: GatewayError } {
    const pieces = [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)];
    let read: Observation = {};
    let done = false;
    let error: GatewayError | undefined;
    for (const data of eventsOf(Buffer.concat(pieces).toString('utf8'))) {
      if (data.startsWith('[DONE]')) done = true;
      const json = data.startsWith('{') ? parseObject(data) : undefined;
      if (json === undefined) continue;
      read = { ...read, ...observe(json) };
      if (json.error !== undefined && json.error !== null)
        error = midStreamError(this.#options.provider, json);
    }
    return { ...read, ...this.#hidden, done, ...(error !== undefined && { error }) };
  }
}

/** An error the upstream itself sent in mid-stream: already passed on, here for log and metrics. */
export function midStreamError(provider: string, json: JsonObject): GatewayError {
  const refusal = readRefusal(502, json);
  const message = refusal?.message ?? `The provider '${provider}' reported an error in mid-stream.`;
  return new GatewayError('upstream_rejected', message, { refusal });
}

export function createStreamTap(options: StreamTapOptions): StreamStep {
  return new StreamTap(options);
}
