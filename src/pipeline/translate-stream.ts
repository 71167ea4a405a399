/** A stream translated event by event: parsed, read into frames, written in the client's dialect. */
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import { parseObject } from '../core/json.ts';
import { finishOf, usageOf } from '../core/reply.ts';
import type {
  CallHead,
  Dialect,
  Observation,
  StreamEnd,
  StreamStep,
  StreamWriter,
} from '../dialects/dialect.ts';
import type { Provider } from '../providers/provider.ts';
import { malformed, tooLarge } from '../upstream/failure.ts';
import { guardDepth, refusalInside } from './refusal.ts';

export class StreamTranslation implements StreamStep {
  readonly #dialect: Dialect;
  readonly #provider: Provider;
  readonly #maxEventBytes: number;
  readonly #writer: StreamWriter;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #parser: EventSourceParser;
  #written = '';
  #observed: Observation = {};
  isOver = false;
  /** Why the stream ends; what was written before it goes out first. */
  #failure: GatewayError | undefined;
  #pendingBytes = 0;

  constructor(dialect: Dialect, provider: Provider, head: CallHead, maxEventBytes: number) {
    this.#dialect = dialect;
    this.#provider = provider;
    this.#maxEventBytes = maxEventBytes;
    this.#writer = dialect.listen.createStreamWriter(head);
    this.#parser = createParser({
      onEvent: (event) => {
        this.#pendingBytes = 0;
        this.#attempt(event.data);
      },
    });
  }

  push(chunk: Uint8Array): string | undefined {
    this.#pendingBytes += chunk.byteLength;
    let text: string;
    try {
      text = this.#decoder.decode(chunk, { stream: true });
    } catch (thrown) {
      throw malformed(this.#provider.name, 'a stream that is not UTF-8', thrown);
    }
    this.#parser.feed(text);
    if (this.#pendingBytes > this.#maxEventBytes)
      throw tooLarge(this.#provider.name, 'one event', this.#maxEventBytes);
    const written = this.#written;
    this.#written = '';
    return written === '' ? undefined : written;
  }

  end(): StreamEnd {
    if (!this.isOver) this.#readUnfinished();
    const text = this.#written;
    this.#written = '';
    if (this.#failure !== undefined) return { ...this.#observed, text, error: this.#failure };
    if (this.isOver || this.#observed.finish !== undefined)
      return { ...this.#observed, text: text + this.#writer.end() };
    const message = `The connection to the provider '${this.#provider.name}' ended before its reply was complete.`;
    return { ...this.#observed, text, error: new GatewayError('upstream_incomplete', message) };
  }

  observed(): Observation {
    return this.#observed;
  }

  /** A last event without its blank line is still an event to a lenient reader; what cannot be read was cut short. */
  #readUnfinished(): void {
    this.#parser.feed('\n\n');
    if (this.#failure?.code !== 'upstream_malformed') return;
    this.#failure = undefined;
    this.isOver = false;
  }

  #attempt(data: string): void {
    if (this.isOver) return;
    try {
      this.#read(data);
    } catch (thrown) {
      this.#failure = toGatewayError(thrown);
      this.isOver = true;
    }
  }

  #read(data: string): void {
    if (data.trim() === '[DONE]') {
      this.isOver = true;
      return;
    }
    const json = parseObject(data);
    if (json === undefined) throw malformed(this.#provider.name, 'an event that is not a JSON object');
    const refusal = refusalInside(this.#dialect, this.#provider, json);
    if (refusal !== undefined) throw refusal;
    const frame = guardDepth(this.#provider, () => this.#dialect.speak.readChunk(json));
    const usage = usageOf(frame);
    const finish = finishOf(frame);
    this.#observed = {
      ...this.#observed,
      ...(usage !== undefined && { usage }),
      ...(finish !== undefined && { finish }),
    };
    this.#written += guardDepth(this.#provider, () => this.#writer.write(frame));
  }
}
