/** OpenAI's published schemas, where the specification is present beside the project: what is written is held to them. */
import { existsSync, readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { specification } from './specification.ts';

const path = specification('openai/openapi.yaml');

export const openaiSpecIsPresent = existsSync(path);

/**
 * The specification says 3.1 and still uses 3.0's `nullable`, which JSON Schema does not know; and it says `oneOf` where
 * several alternatives fit what every client sends.
 */
function withNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNull);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key === 'oneOf' ? 'anyOf' : key, withNull(inner)]),
  );
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest;
}

let ajv: Ajv2020 | undefined;

function validator(): Ajv2020 {
  if (ajv !== undefined) return ajv;
  const document = Bun.YAML.parse(readFileSync(path, 'utf8')) as { components: { schemas: unknown } };
  const schemas = withNull(document.components.schemas);
  ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: false });
  ajv.addSchema({ $id: 'openai', components: { schemas } } as object);
  return ajv;
}

/** What is wrong with a value by the schema of this name, as `CreateChatCompletionRequest`; empty when nothing is. */
export function openaiErrors(schema: string, value: unknown): string[] {
  const validate = validator().getSchema(`openai#/components/schemas/${schema}`);
  if (validate === undefined) throw new Error(`the specification has no schema ${schema}`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
