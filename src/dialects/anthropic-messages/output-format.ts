/** The shape another API's client wants its answer in: native where the model has it, asked for in words elsewhere. */
import type { ResponseFormat } from '../../core/call.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ModelFamily } from './model-families.ts';

const valueKeys: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples']);
const namedSchemas: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
]);

function isObjectSchema({ type }: JsonObject): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object'));
}

/** Anthropic wants every object of a schema to say `additionalProperties: false`; OpenAI only in strict mode. */
function closed(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const written: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (valueKeys.has(key)) written[key] = value;
    else if (namedSchemas.has(key) && isObject(value))
      written[key] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, closed(inner ?? null)]),
      );
    else written[key] = closed(value);
  }
  if (isObjectSchema(schema) && schema.additionalProperties === undefined)
    written.additionalProperties = false;
  return written;
}

export interface OutputFormat {
  readonly format?: JsonObject;
  /** For the end of the system prompt. */
  readonly instruction?: string;
}

const jsonOnly = 'Answer with one valid JSON object and nothing else: no introduction, no code fence.';

/**
 * JSON without a schema has no word here: it is asked for at the end of the system prompt, and named as lost because
 * nothing enforces it. So is a schema where the model takes none.
 */
export function writeFormat(
  format: ResponseFormat | undefined,
  family: ModelFamily,
  losses: Losses,
): OutputFormat {
  if (format?.type === 'json') {
    losses.add('response_format');
    return { instruction: jsonOnly };
  }
  if (format?.type !== 'json-schema') return {};
  // A schema has no name or description of its own here.
  if (format.name !== undefined) losses.add('response_format.name');
  if (format.description !== undefined) losses.add('response_format.description');
  if (family.structuredOutput) return { format: { type: 'json_schema', schema: closed(format.schema) } };
  losses.add('response_format');
  return {
    instruction: `${jsonOnly} It must follow this JSON Schema:\n${JSON.stringify(format.schema)}`,
  };
}
