/**
 * Gemini's `Schema` (a part of OpenAPI 3.0, types in capitals) as JSON Schema. The other way is not needed: JSON Schema goes
 * to Gemini untouched, as `parametersJsonSchema` and `responseJsonSchema`.
 */
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { type FieldName, fieldOf, keyOf } from './fields.ts';

/** int64 in JSON is a string (proto3's JSON mapping). */
const counts = ['maxItems', 'minItems', 'minProperties', 'maxProperties', 'minLength', 'maxLength'] as const;
const handled: ReadonlySet<FieldName> = new Set([
  'type',
  'nullable',
  'format',
  'enum',
  'items',
  'properties',
  'anyOf',
  'example',
  'propertyOrdering',
  ...counts,
]);

function typeName(raw: JsonValue | undefined): string | undefined {
  if (typeof raw !== 'string' || raw.toUpperCase() === 'TYPE_UNSPECIFIED') return undefined;
  return raw.toLowerCase();
}

function orderedProperties(properties: JsonObject, ordering: JsonValue | undefined): JsonObject {
  const first = Array.isArray(ordering)
    ? ordering.filter((name): name is string => typeof name === 'string' && Object.hasOwn(properties, name))
    : [];
  const names = [...new Set([...first, ...Object.keys(properties)])];
  return Object.fromEntries(names.map((name) => [name, convert(properties[name] ?? null)]));
}

/** `nullable` says in OpenAPI 3.0 what JSON Schema says with the type `null`. */
function withNull(schema: JsonObject): JsonObject {
  if (Array.isArray(schema.enum)) schema.enum = [...schema.enum, null];
  if (typeof schema.type === 'string') schema.type = [schema.type, 'null'];
  else if (Array.isArray(schema.anyOf)) schema.anyOf = [...schema.anyOf, { type: 'null' }];
  return schema;
}

function convert(raw: JsonValue): JsonValue {
  return isObject(raw) ? toJsonSchema(raw) : raw;
}

export function toJsonSchema(raw: JsonObject): JsonObject {
  const schema: JsonObject = {};
  const known = new Set([...handled].map((name) => keyOf(raw, name)));
  const type = typeName(raw.type);
  if (type !== undefined) schema.type = type;
  // `format: "enum"` only says that there is an `enum`; it is no format of JSON Schema.
  if (typeof raw.format === 'string' && raw.format !== 'enum' && raw.format !== '')
    schema.format = raw.format;
  for (const [key, value] of Object.entries(raw)) if (!known.has(key)) schema[key] = value;
  if (Array.isArray(raw.enum)) schema.enum = raw.enum;
  const { items, properties } = raw;
  if (items !== undefined) schema.items = convert(items);
  if (isObject(properties))
    schema.properties = orderedProperties(properties, fieldOf(raw, 'propertyOrdering'));
  const anyOf = fieldOf(raw, 'anyOf');
  if (Array.isArray(anyOf)) schema.anyOf = anyOf.map(convert);
  for (const name of counts) {
    const value = fieldOf(raw, name);
    const count = typeof value === 'string' ? Number.parseInt(value, 10) : value;
    if (typeof count === 'number' && Number.isFinite(count)) schema[name] = count;
  }
  if (raw.example !== undefined) schema.examples = [raw.example];
  return raw.nullable === true ? withNull(schema) : schema;
}
