/** Reads one streamed reply as the frames of a session, and what of it a later request can go on from. */
import { isObject, type JsonValue, parseObject, stringOf } from '../../core/json.ts';
import type { WireEvent } from '../../dialects/dialect.ts';
import { SseDecoder } from '../../dialects/sse-decoder.ts';
import { asFrame } from './response-frames.ts';

export interface Answer {
  readonly id: string;
  readonly output: readonly JsonValue[];
  readonly bytes: number;
}

const endings = ['response.completed', 'response.incomplete'] as const;

export class ResponseStream {
  readonly #decoder: SseDecoder;
  readonly #items: JsonValue[] = [];
  /** Known once the response has ended well. */
  answer: Answer | undefined;

  constructor(maxEventBytes: number) {
    this.#decoder = new SseDecoder(maxEventBytes);
  }

  /** Throws as a decoder does. */
  push(chunk: Uint8Array): string[] {
    return this.#framesOf(this.#decoder.push(chunk));
  }

  end(): string[] {
    return this.#framesOf(this.#decoder.end());
  }

  #framesOf(events: readonly WireEvent[]): string[] {
    return events
      .filter(({ data }) => data !== '' && data.trim() !== '[DONE]')
      .map(({ data }) => {
        this.#learn(data);
        return asFrame(data);
      });
  }

  /** Nearly all events are pieces of text: only one that holds the words is parsed. */
  #learn(data: string): void {
    if (data.includes('"response.output_item.done"')) {
      const event = parseObject(data);
      if (event?.type === 'response.output_item.done' && event.item !== undefined)
        this.#items.push(event.item);
    }
    if (!endings.some((ending) => data.includes(`"${ending}"`))) return;
    const event = parseObject(data);
    if (event === undefined || !endings.some((ending) => ending === event.type)) return;
    const response = isObject(event.response) ? event.response : {};
    const id = stringOf(response.id);
    if (id === undefined) return;
    const { output } = response;
    // Some servers leave it empty at the end and have told each item before.
    const items = Array.isArray(output) && output.length > 0 ? output : this.#items;
    this.answer = { id, output: items, bytes: data.length };
  }
}
