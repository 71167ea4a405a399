/** Server-sent events out of bytes, as the WHATWG HTML standard frames them (section 9.2.6). */
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { EventTooLarge } from '../core/event-hold.ts';
import { BadFraming, type EventDecoder, type WireEvent } from './dialect.ts';

export class SseDecoder implements EventDecoder {
  readonly #maxEventBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #parser: EventSourceParser;
  #events: WireEvent[] = [];
  /** Bytes since the last whole event. */
  #pendingBytes = 0;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        this.#pendingBytes = 0;
        this.#events.push(event === undefined ? { data } : { name: event, data });
      },
    });
  }

  push(chunk: Uint8Array): WireEvent[] {
    this.#pendingBytes += chunk.byteLength;
    let text: string;
    try {
      text = this.#decoder.decode(chunk, { stream: true });
    } catch (thrown) {
      throw new BadFraming('a stream that is not UTF-8', { cause: thrown });
    }
    this.#parser.feed(text);
    if (this.#pendingBytes > this.#maxEventBytes) throw new EventTooLarge();
    return this.#taken();
  }

  /** A last event without its blank line is still an event to a lenient reader. */
  end(): WireEvent[] {
    this.#parser.feed('\n\n');
    return this.#taken();
  }

  #taken(): WireEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** The events of a text that holds whole ones. */
export function eventsOf(text: string): WireEvent[] {
  const events: WireEvent[] = [];
  createParser({
    onEvent: ({ event, data }) => events.push(event === undefined ? { data } : { name: event, data }),
  }).feed(text);
  return events;
}
