/** JSON as a value: the types, and the few questions every reader of foreign JSON asks. */
import { outlineJson } from './json-outline.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function stringOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A count as providers report it; anything that is no finite number counts as absent. */
export function countOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Deeper than any API nests. Beyond some ten thousand levels writing a value again takes seconds, or fails. */
const maxDepth = 2_000;
const noKeys: ReadonlySet<string> = new Set();

/** Few texts have brackets enough to be too deep; those that have are looked at as they nest. */
function isTooDeep(text: string): boolean {
  let brackets = 0;
  for (const bracket of ['[', '{'])
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      brackets++;
      if (brackets > maxDepth) return outlineJson(text, noKeys, maxDepth).tooDeep;
    }
  return false;
}

/** The value a text says in JSON; undefined when it says none, or nests beyond measure. Never throws. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return text.length > maxDepth && isTooDeep(text) ? undefined : (JSON.parse(text) as JsonValue);
  } catch {
    return undefined;
  }
}

/** The object a text says in JSON, or undefined; never throws. */
export function parseObject(text: string): JsonObject | undefined {
  const json = parseJson(text);
  return isObject(json) ? json : undefined;
}
