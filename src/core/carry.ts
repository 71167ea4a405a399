/**
 * The part of a message nobody here acts on. A reader takes out what it turns into typed values and leaves the rest in
 * the carry; a writer of the same dialect puts both together again, so nothing it does not know is lost. A writer of
 * another dialect cannot use it: what is left in it then is reported as a loss (`losses.ts`).
 */
import type { DialectName } from './dialect-name.ts';
import type { JsonObject, JsonValue } from './json.ts';

export interface Carry {
  readonly dialect: DialectName;
  readonly fields: JsonObject;
}

/** The untouched fields when they are of the writer's own dialect, else none. */
export function carriedFields(carry: Carry | undefined, dialect: DialectName): JsonObject {
  return carry !== undefined && carry.dialect === dialect ? carry.fields : {};
}

/**
 * Takes a value out of a carry under construction, leaving its seat: the key stays, holding `undefined`. A writer that
 * fills the seat again restores the original order of keys; an empty seat vanishes from the JSON.
 */
export function take(fields: JsonObject, key: string): JsonValue | undefined {
  const value = fields[key];
  fields[key] = undefined;
  return value;
}

/** `take` for a field that is acted on only when it is a string; anything else stays where it is. */
export function takeString(fields: JsonObject, key: string): string | undefined {
  return typeof fields[key] === 'string' ? (take(fields, key) as string) : undefined;
}

export function takeNumber(fields: JsonObject, key: string): number | undefined {
  return typeof fields[key] === 'number' ? (take(fields, key) as number) : undefined;
}

export function takeFlag(fields: JsonObject, key: string): boolean | undefined {
  return typeof fields[key] === 'boolean' ? (take(fields, key) as boolean) : undefined;
}

/** The first of several spellings that has a seat in the carry; the first spelling when none has. */
export function seatOf(fields: JsonObject, spellings: readonly [string, ...string[]]): string {
  return spellings.find((key) => Object.hasOwn(fields, key)) ?? spellings[0];
}
