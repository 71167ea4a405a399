/** Carries of this dialect, and the two things every reader and writer of it does with them. */
import { type Carry, carriedFields, take } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { CacheMark, Part } from '../../core/part.ts';

export const dialect = 'anthropic-messages';

export function carry(fields: JsonObject): Carry {
  return { dialect, fields };
}

/** The untouched fields when they are of this dialect, else none. */
export function own(carried: Carry | undefined): JsonObject {
  return carriedFields(carried, dialect);
}

/** A list item that is not understood wholly. */
export function other(value: JsonValue): { type: 'other'; carry: Carry } {
  return { type: 'other', carry: carry({ value }) };
}

export function writeOther(carried: Carry): JsonValue {
  return own(carried).value ?? null;
}

export function hasOnly(json: JsonObject, keys: readonly string[]): boolean {
  return Object.keys(json).every((key) => keys.includes(key));
}

/** Whether a mark says nothing but what a CacheMark can say. */
export function readCacheMark(value: JsonValue | undefined): CacheMark | undefined {
  if (!isObject(value) || value.type !== 'ephemeral' || !hasOnly(value, ['type', 'ttl'])) return undefined;
  if (value.ttl === undefined) return {};
  return typeof value.ttl === 'string' ? { ttl: value.ttl } : undefined;
}

export function takeCache(fields: JsonObject): { cache?: CacheMark } {
  const cache = readCacheMark(fields.cache_control);
  if (cache === undefined) return {};
  take(fields, 'cache_control');
  return { cache };
}

/**
 * Puts the mark of a part or tool back. One without a seat in a carry of this dialect came from the request's own
 * top-level `cache_control`, which is written there.
 */
export function writeCache(
  written: JsonObject,
  { cache, carry: carried }: { readonly cache?: CacheMark; readonly carry?: Carry },
): JsonObject {
  if (cache === undefined) return written;
  if (carried?.dialect === dialect && !Object.hasOwn(carried.fields, 'cache_control')) return written;
  written.cache_control = { type: 'ephemeral', ...(cache.ttl !== undefined && { ttl: cache.ttl }) };
  return written;
}

/** The same part with a mark that its own block did not have. */
export function marked(part: Part, cache: CacheMark): Part {
  return part.type === 'other' || part.type === 'reasoning' || part.cache !== undefined
    ? part
    : { ...part, cache };
}
