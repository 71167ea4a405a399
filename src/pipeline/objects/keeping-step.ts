/** Beside another step of a stream: remembers the objects that the events going by name. */
import { isObject, parseObject } from '../../core/json.ts';
import type { Observation, StreamEnd, StreamStep } from '../../dialects/dialect.ts';
import { eventsOf } from '../../dialects/sse-decoder.ts';
import type { Provider } from '../../providers/provider.ts';
import { madeIn, namedIn, type ObjectGuard } from './object-guard.ts';

export interface Keeping {
  readonly guard: ObjectGuard;
  /** Whose they are. */
  readonly owner: string;
  readonly provider: Provider;
  /** What the whole reply is kept as; undefined where only what it names is. */
  readonly kind: string | undefined;
}

/** Words of events that may name what lasts; those of mere text have none of them. */
const telling: readonly Buffer[] = [
  '"response.completed"',
  '"response.incomplete"',
  '"container',
  '"file_id"',
  '"thread_id"',
  '"audio"',
].map((word) => Buffer.from(word, 'latin1'));

export class KeepingStep implements StreamStep {
  readonly #step: StreamStep;
  readonly #keeping: Keeping;

  constructor(step: StreamStep, keeping: Keeping) {
    this.#step = step;
    this.#keeping = keeping;
  }

  get isOver(): boolean {
    return this.#step.isOver;
  }

  push(chunk: Uint8Array): Uint8Array | string | undefined {
    const out = this.#step.push(chunk);
    if (out !== undefined) this.#read(out);
    return out;
  }

  end(): StreamEnd {
    const end = this.#step.end();
    this.#read(end.text);
    return end;
  }

  observed(): Observation {
    return this.#step.observed();
  }

  #read(piece: Uint8Array | string): void {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (!telling.some((word) => Buffer.prototype.indexOf.call(bytes, word) !== -1)) return;
    const { guard, owner, provider, kind } = this.#keeping;
    for (const { data } of eventsOf(`${Buffer.from(bytes).toString('utf8')}\n\n`)) {
      const event = parseObject(data);
      if (event === undefined) continue;
      const reply = isObject(event.response) ? event.response : undefined;
      const made = kind !== undefined && reply !== undefined ? madeIn(reply, kind) : namedIn(event);
      // Nobody waits: the stream goes on. What a crash forgets here is refused to everyone, not given to others.
      void guard.rememberNew(owner, provider, made).catch(() => {});
    }
  }
}
