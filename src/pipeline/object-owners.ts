/**
 * Which provider keeps what was made through the gateway: files, batches, stored responses. Their ids come back in later
 * requests, which must go where the object is. Kept in memory, the newest ids last.
 */
import { isObject, type JsonObject } from '../core/json.ts';

const maxKnown = 100_000;
/** Ids as providers make them, a word and something random: `file-abc…`, `batch_…`; never a plain word of a path. */
const idLike = /^[a-z]+(?:[_-][a-z]+)*[_-][A-Za-z0-9_-]{6,}$/;

export class ObjectOwners {
  /** In order of use: a Map keeps it. */
  readonly #known = new Map<string, string>();

  /** Learns from a reply: the object itself, or the objects of a list. */
  learn(reply: JsonObject, provider: string): void {
    this.remember(reply.id, provider);
    if (Array.isArray(reply.data))
      for (const entry of reply.data) if (isObject(entry)) this.remember(entry.id, provider);
  }

  remember(id: unknown, provider: string): void {
    if (typeof id !== 'string' || !idLike.test(id)) return;
    this.#known.delete(id);
    this.#known.set(id, provider);
    if (this.#known.size <= maxKnown) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  /** The owner of the first object a path names that is known. */
  ownerIn(path: string): string | undefined {
    for (const segment of path.split('/')) {
      const owner = this.#known.get(segment);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
}
