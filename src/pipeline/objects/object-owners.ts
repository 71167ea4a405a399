/**
 * Whose the objects kept by providers are: files, batches, stored responses. What is durable is in the store; those met lately
 * are in memory too. Objects made at the same time are written together.
 */
import type { ObjectStore, UpstreamObject } from '../../identity/object-store.ts';
import type { Log } from '../../telemetry/log.ts';

const maxKept = 50_000;
/** So many ids are looked up in one go. */
const idsAtOnce = 500;

function keyOf({ provider, id }: Pick<UpstreamObject, 'provider' | 'id'>): string {
  return `${provider} ${id}`;
}

export class ObjectOwners {
  readonly #store: ObjectStore;
  readonly #log: Pick<Log, 'event'>;
  /** By id, the newest last: a Map keeps the order. */
  readonly #met = new Map<string, readonly UpstreamObject[]>();
  /** What could not be written lasts as long as the process. */
  readonly #unkept = new Map<string, UpstreamObject>();
  #waiting: UpstreamObject[] = [];
  #hasComplained = false;
  /** The group that still takes objects. */
  #gathering: Promise<void> | undefined;
  /** The last group, until it is written. */
  #writing: Promise<void> | undefined;

  constructor(store: ObjectStore, log: Pick<Log, 'event'>) {
    this.#store = store;
    this.#log = log;
  }

  /**
   * All that have one of the ids, at whichever provider. What is in memory may be less than another process knows: of an id that has
   * nothing at `provider` the store is asked.
   */
  async find(ids: readonly string[], provider?: string): Promise<readonly UpstreamObject[]> {
    const asked = [...new Set(ids)];
    const unmet = asked.filter((id) => {
      const met = this.#met.get(id);
      return (
        met === undefined || (provider !== undefined && !met.some((object) => object.provider === provider))
      );
    });
    const read: UpstreamObject[] = [];
    for (let at = 0; at < unmet.length; at += idsAtOnce) {
      // A body may be full of what looks like ids: the calls of others go on meanwhile.
      if (at > 0) await Bun.sleep(0);
      read.push(...(await this.#read(unmet.slice(at, at + idsAtOnce))));
    }
    const again = new Set(unmet);
    const known = asked.flatMap((id) => (again.has(id) ? [] : (this.#met.get(id) ?? [])));
    this.#meet(read);
    return [...known, ...read, ...this.#unkeptAmong(asked)];
  }

  /** Resolves once it is durable, or where nothing can be kept. Whoever has an object already keeps it. */
  remember(objects: readonly UpstreamObject[]): Promise<void> {
    if (objects.length === 0) return Promise.resolve();
    this.#waiting.push(...objects);
    if (this.#gathering === undefined) {
      const before = this.#writing;
      const group = new Promise<void>((resolve) => setImmediate(resolve))
        .then(() => before)
        .then(() => this.#write())
        .finally(() => {
          if (this.#writing === group) this.#writing = undefined;
        });
      this.#gathering = group;
      this.#writing = group;
    }
    return this.#gathering;
  }

  async forget(provider: string, id: string): Promise<void> {
    this.#unkept.delete(keyOf({ provider, id }));
    try {
      await this.#store.removeObject(provider, id);
    } catch (thrown) {
      // It is gone at the provider: to remember it harms nobody.
      this.#complain(thrown);
    } finally {
      this.#met.delete(id);
    }
  }

  async #read(ids: readonly string[]): Promise<readonly UpstreamObject[]> {
    // What is on its way into the store must be found as well.
    if (this.#writing !== undefined) await this.#writing;
    return await this.#store.findObjects(ids);
  }

  #meet(objects: readonly UpstreamObject[]): void {
    for (const [id, same] of Map.groupBy(objects, (object) => object.id)) {
      this.#met.delete(id);
      this.#met.set(id, same);
    }
    for (const [oldest] of this.#met) {
      if (this.#met.size <= maxKept) break;
      this.#met.delete(oldest);
    }
  }

  #unkeptAmong(ids: readonly string[]): readonly UpstreamObject[] {
    if (this.#unkept.size === 0) return [];
    const asked = new Set(ids);
    return [...this.#unkept.values()].filter(({ id }) => asked.has(id));
  }

  async #write(): Promise<void> {
    const objects = this.#waiting;
    this.#waiting = [];
    this.#gathering = undefined;
    try {
      await this.#store.addObjects(objects);
      this.#hasComplained = false;
    } catch (thrown) {
      // The objects are made, and paid for: their makers can use them until this process ends.
      this.#complain(thrown);
      for (const object of objects) if (this.#unkept.size < maxKept) this.#unkept.set(keyOf(object), object);
    }
    for (const { id } of objects) this.#met.delete(id);
  }

  /** Once, until it works again. */
  #complain(thrown: unknown): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#log.event('error', 'objects.not_kept', { cause: String(thrown) });
  }
}
