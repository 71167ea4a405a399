/**
 * Holds every call to the objects that are its own: what another team made is answered as what is not there, before anything
 * goes out; what a call makes is remembered as its own, before the client hears of it.
 */
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import { type Caller, isKeyCaller } from '../../identity/caller.ts';
import { ownerOf, type UpstreamObject } from '../../identity/object-store.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ObjectOwners } from './object-owners.ts';
import { isIdLike, type Named, type Reference, referencesIn } from './references.ts';

/** What becomes of an id nobody here remembers: made before, elsewhere, or never. */
export type UnknownObjects = 'refuse' | 'allow';

export type MadeObject = Omit<Reference, 'field'>;

/** Whoever holds the root key sees all. */
export function seesAll({ keyId }: Caller): boolean {
  return keyId === 'root';
}

function unknownObject({ field, id, kind }: Reference, why: string): GatewayError {
  const shown = id.length > 100 ? `${id.slice(0, 100)}…` : id;
  return new GatewayError('object_not_found', `No such ${kind}: '${shown}'.`, {
    param: field === '' ? undefined : field,
    cause: why,
  });
}

export class ObjectGuard {
  readonly #owners: ObjectOwners;
  readonly #unknown: UnknownObjects;

  constructor(owners: ObjectOwners, unknown: UnknownObjects) {
    this.#owners = owners;
    this.#unknown = unknown;
  }

  /** The provider that keeps the first object named which the caller may see. */
  async hostOf(caller: Caller, { references }: Named): Promise<string | undefined> {
    if (references.length === 0) return undefined;
    const found = await this.#find(
      caller,
      references.map(({ id }) => id),
    );
    for (const { id } of references) {
      const seen = found.find(
        (object) => object.id === id && (seesAll(caller) || object.owner === ownerOf(caller)),
      );
      if (seen !== undefined) return seen.provider;
    }
    return undefined;
  }

  /** Throws `object_not_found`: in the same words whether it is another's or nobody's. */
  async check(caller: Caller, { name: provider }: Provider, { references, mentioned }: Named): Promise<void> {
    if (seesAll(caller) || references.length + mentioned.length === 0) return;
    const owner = ownerOf(caller);
    const ids = [...references.map(({ id }) => id), ...mentioned];
    const found = await this.#owners.find(ids, provider);
    const ownerAt = (id: string) =>
      found.find((object) => object.id === id && object.provider === provider)?.owner;
    for (const reference of references) {
      const theirs = ownerAt(reference.id);
      if (theirs === undefined && this.refusesUnknown(caller))
        throw unknownObject(reference, 'nobody remembers it');
      if (theirs !== undefined && theirs !== owner) throw unknownObject(reference, `it is of ${theirs}`);
    }
    for (const id of mentioned) {
      const theirs = ownerAt(id);
      if (theirs !== undefined && theirs !== owner)
        throw unknownObject({ field: '', id, kind: 'object' }, `it is of ${theirs}`);
    }
  }

  /** Of a list's entries those that are the caller's. */
  async ownAmong(
    caller: Caller,
    { name: provider }: Provider,
    entries: readonly JsonValue[],
  ): Promise<readonly JsonObject[]> {
    const owner = ownerOf(caller);
    const objects = entries.filter(isObject);
    const ids = objects.flatMap(({ id }) => stringOf(id) ?? []);
    const found = await this.#owners.find(ids, provider);
    const owners = new Map(
      found.filter((object) => object.provider === provider).map((object) => [object.id, object.owner]),
    );
    const isOpen = !this.refusesUnknown(caller);
    return objects.filter(({ id }) => {
      const theirs = typeof id === 'string' ? owners.get(id) : undefined;
      return theirs === owner || (isOpen && theirs === undefined);
    });
  }

  /** As `remember`, for what may be remembered already. */
  async rememberNew(owner: string, provider: Provider, named: readonly MadeObject[]): Promise<void> {
    if (named.length === 0) return;
    const ids = named.map(({ id }) => id);
    // Where nobody can be asked, to write it once more does no harm.
    const found = await this.#owners.find(ids, provider.name).catch(() => []);
    const isKnown = (id: string) =>
      found.some((object) => object.id === id && object.provider === provider.name);
    await this.remember(
      owner,
      provider,
      named.filter(({ id }) => !isKnown(id)),
    );
  }

  /** Whose an object is that a path names; undefined where nobody remembers it. */
  async ownerAt(caller: Caller, { name: provider }: Provider, id: string): Promise<string | undefined> {
    const found = await this.#find(caller, [id], provider);
    return found.find((object) => object.provider === provider)?.owner;
  }

  /** Resolves once it is durable. */
  async remember(owner: string, { name: provider }: Provider, made: readonly MadeObject[]): Promise<void> {
    const createdAtMs = Date.now();
    const objects = made
      .filter(({ id }) => id.length <= 500)
      .map(({ id, kind }): UpstreamObject => ({ provider, id, kind, owner, createdAtMs }));
    await this.#owners.remember(objects);
  }

  async forget({ name: provider }: Provider, id: string): Promise<void> {
    await this.#owners.forget(provider, id);
  }

  /** Where nobody must have a key there are no teams to keep apart, but for what keys have made. */
  refusesUnknown(caller: Caller): boolean {
    return this.#unknown === 'refuse' && isKeyCaller(caller);
  }

  async #find(caller: Caller, ids: readonly string[], provider?: string): Promise<readonly UpstreamObject[]> {
    try {
      return await this.#owners.find(ids, provider);
    } catch (thrown) {
      // The root key works whatever becomes of the storage.
      if (seesAll(caller)) return [];
      throw thrown;
    }
  }
}

/** What a reply names beside itself: files that came of a batch, the container a tool ran in. */
export function namedIn(json: JsonValue | undefined): readonly MadeObject[] {
  return referencesIn(json).references.filter(({ id }) => isIdLike(id) || id.startsWith('ft:'));
}

/** A reply that is itself kept: the object, what stands in it, and what it names. */
export function madeIn(json: JsonObject, kind: string): readonly MadeObject[] {
  const items = Array.isArray(json.output) ? json.output.filter(isObject) : [];
  const own = (object: JsonObject, what: string) =>
    typeof object.id === 'string' && object.id !== '' ? [{ id: object.id, kind: what }] : [];
  return [...own(json, kind), ...items.flatMap((item) => own(item, 'item')), ...namedIn(json)];
}
