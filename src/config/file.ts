/** The config file: JSON with comments, checked against the schema, every complaint with line and column. */
import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import { type Node, type ParseError, printParseErrorCode } from 'jsonc-parser';
import { ConfigError, type Diagnostic, didYouMean } from './diagnostics.ts';
import { lineAndColumn, offsetOf, parse, withoutMark } from './position.ts';
import { type ConfigFile, configSchema, type SettingOptions } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `/providers/acme/baseUrl` (RFC 6901) as keys. */
function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function schemaAt(keys: readonly string[]): TSchema | undefined {
  let schema: TSchema | undefined = configSchema;
  for (const key of keys) {
    const record = schema?.patternProperties as Record<string, TSchema> | undefined;
    schema =
      (schema?.properties as Record<string, TSchema> | undefined)?.[key] ??
      (schema?.items as TSchema | undefined) ??
      Object.values(record ?? {})[0];
  }
  return schema;
}

function knownKeys(keys: readonly string[]): string[] {
  return Object.keys((schemaAt(keys)?.properties as object | undefined) ?? {});
}

function words(schema: TSchema): string[] {
  const union = schema.anyOf as { const?: unknown }[] | undefined;
  return union?.map((choice) => String(choice.const)) ?? [];
}

function holdsSecret(schema: TSchema): boolean {
  const inner = [schema.properties, schema.patternProperties] as (Record<string, TSchema> | undefined)[];
  return schema.secret === true || inner.some((part) => Object.values(part ?? {}).some(holdsSecret));
}

/** What stands there instead, unless it may be a secret in the wrong place: `"acme": "sk-…"` for a whole provider. */
function insteadOf(value: unknown, schema: TSchema): string {
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
    return Array.isArray(value) ? ', not a list' : ', not an object';
  const isEmpty = typeof value === 'object' || value === '';
  return holdsSecret(schema) && !isEmpty ? '' : `, not ${JSON.stringify(value)}`;
}

function explain(error: ValueError, keys: readonly string[]): string {
  const name = keys.join('.');
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const key = keys.at(-1) ?? '';
    const { names } = error.schema as SettingOptions & TSchema;
    if (names !== undefined)
      return `'${key}' cannot be a name in '${keys.slice(0, -1).join('.')}': ${names}.`;
    return `unknown key '${key}'.${didYouMean(key, knownKeys(keys.slice(0, -1)))}`;
  }
  const choices = words(error.schema);
  if (choices.length > 0) {
    const meant = typeof error.value === 'string' ? didYouMean(error.value, choices) : '';
    return `'${name}' must be one of ${choices.join(', ')}.${meant}`;
  }
  const expected = error.message.replace(/^Expected /, '').replace(/^required property$/, 'a value');
  return `'${name}' must be ${expected}${insteadOf(error.value, error.schema)}.`;
}

function repeatedKeys(node: Node | undefined): Node[] {
  if (node === undefined) return [];
  const seen = new Set<unknown>();
  const repeated: Node[] = [];
  for (const child of node.children ?? []) {
    const key = child.type === 'property' ? child.children?.[0] : undefined;
    if (key !== undefined && seen.has(key.value)) repeated.push(key);
    seen.add(key?.value);
    repeated.push(...repeatedKeys(child));
  }
  return repeated;
}

/** An empty variable counts as unset, and so does what every object has: `constructor`. */
function variableIn(environment: Environment, name: string): string | undefined {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return value === '' ? undefined : value;
}

/** `${NAME}` in any string becomes the variable's value. */
function interpolate(
  node: Node,
  environment: Environment,
  problem: (node: Node, text: string) => void,
): unknown {
  if (node.type === 'object')
    return Object.fromEntries(
      (node.children ?? []).map((property) => {
        const [key, value] = property.children ?? [];
        return [key?.value, value === undefined ? undefined : interpolate(value, environment, problem)];
      }),
    );
  if (node.type === 'array')
    return (node.children ?? []).map((item) => interpolate(item, environment, problem));
  if (node.type !== 'string') return node.value;
  return String(node.value).replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = variableIn(environment, name);
    if (value !== undefined) return value;
    const known = Object.keys(environment).filter((other) => variableIn(environment, other) !== undefined);
    problem(node, `the environment variable '${name}' is not set.${didYouMean(name, known)}`);
    return '';
  });
}

/** Throws a ConfigError that lists everything found. `name` is how the file is called in complaints. */
export function readConfigText(written: string, name: string, environment: Environment): ConfigFile {
  const text = withoutMark(written);
  const diagnostics: Diagnostic[] = [];
  const complain = (offset: number, problem: string) =>
    diagnostics.push({ where: `${name}:${lineAndColumn(text, offset)}`, problem });
  const syntax: ParseError[] = [];
  const tree = parse(text, syntax);
  for (const error of syntax)
    complain(
      error.offset,
      `${printParseErrorCode(error.error)
        .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
        .toLowerCase()}.`,
    );
  if (tree === undefined || syntax.length > 0) throw new ConfigError(diagnostics);

  for (const key of repeatedKeys(tree)) complain(key.offset, `the key '${key.value}' stands twice.`);
  const unset = new Set<number>();
  const value = interpolate(tree, environment, (node, problem) => {
    unset.add(node.offset);
    complain(node.offset, problem);
  });
  const seen = new Set<string>();
  for (const error of Value.Errors(configSchema, value)) {
    if (seen.has(error.path)) continue;
    seen.add(error.path);
    const keys = keysOf(error.path);
    const offset = offsetOf(tree, keys, error.type === ValueErrorType.ObjectAdditionalProperties);
    // A text whose variable is missing is wrong for that reason alone, whatever it is without it.
    if (!unset.has(offset)) complain(offset, explain(error, keys));
  }
  if (diagnostics.length > 0) throw new ConfigError(diagnostics);
  return value as ConfigFile;
}
