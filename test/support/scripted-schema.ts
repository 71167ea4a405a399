/** Makes one deterministic value that satisfies a JSON Schema, as a model held to that schema would. */
type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

function resolve(schema: Schema, root: Schema): Schema {
  const ref = schema.$ref;
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return schema;
  let found: unknown = root;
  for (const part of ref.slice(2).split('/')) found = isSchema(found) ? found[part] : undefined;
  return isSchema(found) ? found : {};
}

export function sampleOf(given: unknown, root: unknown = given): unknown {
  if (!isSchema(given) || !isSchema(root)) return null;
  const schema = resolve(given, root);
  if ('const' in schema) return schema.const;
  const choices = schema.enum ?? schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return schema.enum ? choices[0] : sampleOf(choices[0], root);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return 'Paris';
    case 'integer':
      return 42;
    case 'number':
      return 0.5;
    case 'boolean':
      return true;
    case 'array':
      return [sampleOf(schema.items, root)];
    case 'null':
      return null;
    default: {
      const properties = isSchema(schema.properties) ? schema.properties : {};
      return Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, sampleOf(of, root)]));
    }
  }
}
