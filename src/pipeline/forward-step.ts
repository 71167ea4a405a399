/** Passes bytes on as they are; in a stream of events, remembers the last that speaks of usage. */
import { isObject, parseObject } from '../core/json.ts';
import type { Dialect, Observation, StreamEnd, StreamStep } from '../dialects/dialect.ts';
import { eventsOf } from '../dialects/sse-decoder.ts';

const usageKey = Buffer.from('"usage"', 'latin1');

export class ForwardStep implements StreamStep {
  /** Whose usage a stream of events speaks of; undefined for bytes of another kind. */
  readonly #family: Dialect | undefined;
  #told: Uint8Array | undefined;
  readonly isOver = false;

  constructor(family: Dialect | undefined) {
    this.#family = family;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#family !== undefined && Buffer.prototype.indexOf.call(chunk, usageKey) !== -1)
      this.#told = chunk;
    return chunk;
  }

  end(): StreamEnd {
    return { ...this.observed(), text: '' };
  }

  observed(): Observation {
    const family = this.#family;
    if (this.#told === undefined || family === undefined) return {};
    for (const { data } of eventsOf(`${Buffer.from(this.#told).toString('utf8')}\n\n`).reverse()) {
      const json = parseObject(data);
      // The finished object of some streams is wrapped in its last event.
      const told = json !== undefined && isObject(json.response) ? json.response : json;
      const usage = told === undefined ? undefined : family.observe(told).usage;
      if (usage !== undefined) return { usage };
    }
    return {};
  }
}
