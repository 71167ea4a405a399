/** Fields as Google's JSON spells them: lowerCamelCase or the proto's own snake_case, both in traffic, even in one body. */
import { take } from '../../core/carry.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';

export const dialect = 'gemini';

function snakeCase(camel: string): string {
  return camel.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The spelling a field has in this object, its empty seat included; lowerCamelCase where it has none. */
export function keyOf(fields: JsonObject, camel: string): string {
  if (Object.hasOwn(fields, camel)) return camel;
  const snake = snakeCase(camel);
  return Object.hasOwn(fields, snake) ? snake : camel;
}

export function fieldOf(fields: JsonObject, camel: string): JsonValue | undefined {
  return fields[keyOf(fields, camel)];
}

export function takeField(fields: JsonObject, camel: string): JsonValue | undefined {
  return take(fields, keyOf(fields, camel));
}

/** Taken only when it is a string, as `takeString` does. */
export function takeText(fields: JsonObject, camel: string): string | undefined {
  return typeof fieldOf(fields, camel) === 'string' ? (takeField(fields, camel) as string) : undefined;
}

/** Whether a reader took this field: its seat is there, and empty. */
export function hasSeat(fields: JsonObject, camel: string): boolean {
  const key = keyOf(fields, camel);
  return Object.hasOwn(fields, key) && fields[key] === undefined;
}

/** Puts a value back where it was taken from; nothing happens where nothing was taken. */
export function fillSeat(fields: JsonObject, camel: string, value: JsonValue | undefined): void {
  if (hasSeat(fields, camel)) fields[keyOf(fields, camel)] = value;
}
