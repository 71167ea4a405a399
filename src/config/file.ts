/** The config file: JSON with comments, checked against the schema, every complaint with line and column. */
import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { ConfigError, type Diagnostic, didYouMean } from './diagnostics.ts';
import { type ConfigFile, configSchema } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${offset - before.lastIndexOf('\n')}`;
}

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
      (schema?.properties as Record<string, TSchema> | undefined)?.[key] ?? Object.values(record ?? {})[0];
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

function explain(error: ValueError, keys: readonly string[]): string {
  const name = keys.join('.');
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const key = keys.at(-1) ?? '';
    return `unknown key '${key}'.${didYouMean(key, knownKeys(keys.slice(0, -1)))}`;
  }
  const choices = words(error.schema);
  if (choices.length > 0) {
    const meant = typeof error.value === 'string' ? didYouMean(error.value, choices) : '';
    return `'${name}' must be one of ${choices.join(', ')}.${meant}`;
  }
  const expected = error.message.replace(/^Expected /, '').replace(/^required property$/, 'a value');
  return `'${name}' must be ${expected}, not ${JSON.stringify(error.value)}.`;
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

/** Where a path stands: its key for unknown ones, its value otherwise. */
function offsetOf(tree: Node, keys: readonly string[], ofKey: boolean): number {
  for (let length = keys.length; length >= 0; length--) {
    const node = findNodeAtLocation(tree, keys.slice(0, length));
    if (node === undefined) continue;
    if (ofKey && length === keys.length) return node.parent?.children?.[0]?.offset ?? node.offset;
    return node.offset;
  }
  return 0;
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
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    problem(
      node,
      `the environment variable '${name}' is not set.${didYouMean(name, Object.keys(environment))}`,
    );
    return '';
  });
}

/** Throws a ConfigError that lists everything found. `name` is how the file is called in complaints. */
export function readConfigText(text: string, name: string, environment: Environment): ConfigFile {
  const diagnostics: Diagnostic[] = [];
  const complain = (offset: number, problem: string) =>
    diagnostics.push({ where: `${name}:${lineAndColumn(text, offset)}`, problem });
  const syntax: ParseError[] = [];
  const tree = parseTree(text, syntax, { allowTrailingComma: true });
  for (const error of syntax)
    complain(
      error.offset,
      `${printParseErrorCode(error.error)
        .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
        .toLowerCase()}.`,
    );
  if (tree === undefined || syntax.length > 0) throw new ConfigError(diagnostics);

  for (const key of repeatedKeys(tree)) complain(key.offset, `the key '${key.value}' stands twice.`);
  const value = interpolate(tree, environment, (node, problem) => complain(node.offset, problem));
  const seen = new Set<string>();
  for (const error of Value.Errors(configSchema, value)) {
    if (seen.has(error.path)) continue;
    seen.add(error.path);
    const keys = keysOf(error.path);
    complain(
      offsetOf(tree, keys, error.type === ValueErrorType.ObjectAdditionalProperties),
      explain(error, keys),
    );
  }
  if (diagnostics.length > 0) throw new ConfigError(diagnostics);
  return value as ConfigFile;
}
