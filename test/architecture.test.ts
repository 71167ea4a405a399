/** The shape of src/, read from its real imports: which room may import which, and what no file may do. */
import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { dialectNames } from '../src/core/dialect-name.ts';
import { enablers } from '../src/providers/provider.ts';
import { builtInProviders } from '../src/providers/registry.ts';

const root = join(import.meta.dir, '..');

interface Import {
  readonly from: string;
  /** A path below the root, or a package as written. */
  readonly to: string;
  readonly typeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/**
 * What breaks a rule today and is known. An entry that no longer applies fails the test too, so the list only shrinks
 * by being mended.
 */
const standing: readonly string[] = [];

const domain = ['core', 'dialects', 'identity', 'ledger', 'providers', 'routing', 'telemetry', 'upstream'];

/** Room → the rooms it may import from. `telemetry:type` allows its types alone. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  dialects: ['core'],
  upstream: ['core'],
  identity: ['core', 'routing', 'ledger:type'],
  storage: ['core', 'identity', 'ledger'],
  telemetry: ['core', 'ledger:type'],
  ledger: ['core', 'providers:type'],
  providers: ['core', 'dialects', 'upstream'],
  routing: ['core', 'providers', 'upstream', 'telemetry:type'],
  config: ['core', 'identity', 'providers', 'upstream', 'ledger:type', 'telemetry:type'],
  pipeline: domain,
  http: [...domain, 'pipeline'],
  workers: ['core', 'identity:type', 'ledger:type', 'telemetry'],
  gateway: [...domain, 'config', 'pipeline', 'http', 'storage', 'workers'],
  supervisor: [...domain, 'config', 'storage', 'workers', 'gateway'],
  commands: ['core', 'config', 'identity', 'gateway', 'supervisor', 'workers'],
  main: ['commands'],
};

/** Package → the rooms that may import it. What is not listed may not be imported at all. */
const packages: Readonly<Record<string, readonly string[]>> = {
  elysia: ['http'],
  'swagger-ui-dist': ['http'],
  'prom-client': ['telemetry'],
  'jsonc-parser': ['config'],
  '@sinclair/typebox': ['config', 'http'],
  'eventsource-parser': ['dialects', 'pipeline', 'upstream'],
  '@smithy/core': ['dialects'],
  '@smithy/signature-v4': ['providers'],
  '@aws-sdk/credential-provider-node': ['providers'],
  bun: ['http'],
  'bun:sqlite': ['storage'],
  'google-auth-library': ['providers'],
  ioredis: ['storage'],
  postgres: ['storage'],
  'ipaddr.js': ['identity'],
  oauth4webapi: ['providers'],
};

/** `gateway.ts` and `main.ts` are rooms of their own. */
function roomOf(path: string): string {
  const [, first = ''] = path.split('/');
  return first.replace(/\.ts$/, '');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const statement =
  /^(?:import\s+(type\s+)?(?:([\w$*{}\s,]+?)\s+from\s+)?|export\s+(type\s+)?(\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+)'([^']+)'/gm;

function isTypeOnly(names: string): boolean {
  const inside = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  if (inside === undefined) return false;
  return inside
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '));
}

function importsOf(path: string, text: string): Import[] {
  const place = (to: string) => (to.startsWith('.') ? normalize(join(dirname(path), to)) : to);
  const stated = [...text.matchAll(statement)].map(([, importType, names, exportType, again, to]) => ({
    from: path,
    to: place(to ?? ''),
    typeOnly: (importType ?? exportType) !== undefined || isTypeOnly(names ?? again ?? ''),
  }));
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, to]) => ({
    from: path,
    to: place(to ?? ''),
    typeOnly: false,
  }));
  return [...stated, ...dynamic];
}

const sources: readonly Source[] = readdirSync(join(root, 'src'), { recursive: true })
  .map((name) => `src/${String(name)}`)
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, imports: importsOf(path, text) };
  });
const imports = sources.flatMap((source) => source.imports);
const inside = imports.filter(({ to }) => to.startsWith('src/'));
const outside = imports.filter(({ to }) => !to.startsWith('src/'));

function show({ from, to }: Import): string {
  return `${from} -> ${to}`;
}

/** Everything found by rules that have standing exceptions, those included. */
const excused: string[] = [];

function unexcused(found: readonly string[]): string[] {
  excused.push(...found.filter((breach) => standing.includes(breach)));
  return found.filter((breach) => !standing.includes(breach));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

/** The source without comments and template texts, line by line. */
function codeLines(text: string): string[] {
  return withoutComments(text)
    .replaceAll(/`(?:\\.|[^`\\])*`/g, '``')
    .split('\n');
}

test('the imports are found', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(inside.length).toBeGreaterThan(100);
  const dangling = inside.filter(
    ({ to }) => !sources.some(({ path }) => path === to) && !existsSync(join(root, to)),
  );
  expect(dangling.map(show)).toEqual([]);
});

test('every file is in a room of the design', () => {
  expect(sources.map(({ path }) => path).filter((path) => !(roomOf(path) in mayImport))).toEqual([]);
});

test('a room imports only the rooms it may', () => {
  const breaches = inside.filter(({ from, to, typeOnly }) => {
    const [room, other] = [roomOf(from), roomOf(to)];
    const allowed = mayImport[room] ?? [];
    return room !== other && !allowed.includes(other) && !(typeOnly && allowed.includes(`${other}:type`));
  });
  expect(unexcused(breaches.map(show))).toEqual([]);
});

test('the pipeline knows dialects by their interface alone', () => {
  const breaches = inside.filter(
    ({ from, to }) =>
      roomOf(from) === 'pipeline' &&
      roomOf(to) === 'dialects' &&
      // The interface, the list of all dialects, and framing, which is no dialect's own.
      !['dialect', 'registry', 'sse-decoder'].some((name) => to === `src/dialects/${name}.ts`),
  );
  expect(unexcused(breaches.map(show))).toEqual([]);
});

test('a package is imported only in the rooms that own it', () => {
  const breaches = outside.filter(({ from, to }) => {
    if (to === 'package.json') return from !== 'src/core/version.ts';
    if (to.startsWith('node:')) return roomOf(from) === 'core';
    return packages[packageOf(to)]?.includes(roomOf(from)) !== true;
  });
  expect(breaches.map(show)).toEqual([]);
});

test('no file imports itself by way of others', () => {
  const edges = Map.groupBy(inside, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const met = trail.indexOf(path);
    if (met !== -1) cycles.push([...trail.slice(met), path].join(' -> '));
    if (met !== -1 || done.has(path)) return;
    for (const { to } of edges.get(path) ?? []) walk(to, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) walk(path, []);
  expect(cycles).toEqual([]);
});

test('no file has more than 400 lines, and each opens with a sentence on its one job', () => {
  expect(sources.filter(({ text }) => text.split('\n').length > 401).map(({ path }) => path)).toEqual([]);
  expect(sources.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path)).toEqual([]);
});

test('no name collects strays', () => {
  const vague = /(?:^|-)(?:utils?|helpers?|common|managers?|types)$/;
  const breaches = sources.filter(({ path }) => {
    const parts = [...dirname(path).split('/'), basename(path).split('.')[0] ?? ''];
    return parts.some((part) => vague.test(part));
  });
  expect(breaches.map(({ path }) => path)).toEqual([]);
});

test('no file outside providers/ names a provider', () => {
  // A dialect may share its name with the provider it comes from.
  const shared: ReadonlySet<string> = new Set(dialectNames);
  const words = builtInProviders.flatMap((provider) => [
    ...[provider.name, ...provider.prefixes]
      .filter((word) => !shared.has(word))
      .map((word) => ({ word, pattern: `(['"\`])${word}\\1` })),
    ...[enablers(provider), provider.keyVariable ?? [], provider.baseUrlVariable].flat().map((word) => ({
      word,
      pattern: `\\b${word}\\b`,
    })),
  ]);
  const found = sources
    .filter(({ path }) => roomOf(path) !== 'providers')
    .flatMap(({ path, text }) => {
      const code = withoutComments(text);
      const named = words.filter(({ pattern }) => new RegExp(pattern).test(code));
      return [...new Set(named.map(({ word }) => `${path} names ${word}`))];
    });
  expect(unexcused(found)).toEqual([]);
});

test('nothing works or changes at import time outside main.ts', () => {
  const statementAtTop =
    /^(?!import\b|export\b|const\b|async function\b|function\b|class\b|interface\b|type\b|declare\b)\w/;
  const workAtTop =
    /^(?:export )?const .*(?:\bawait\b|\bfetch\(|\bset(?:Interval|Timeout|Immediate)\(|\bBun\.serve\(|\breadFileSync\(|\bprocess\.(?:env|argv)\b)/;
  const changeAtTop =
    /^(?:export )?(?:(?:let|var) |const \w+(?:: (?!Readonly)[^=]+)? = new (?:Weak)?(?:Map|Set)\b)/;
  const breaches = sources
    .filter(({ path }) => path !== 'src/main.ts')
    .flatMap(({ path, text }) =>
      codeLines(text)
        .filter((line) => [statementAtTop, workAtTop, changeAtTop].some((rule) => rule.test(line)))
        .map((line) => `${path}: ${line}`),
    );
  expect(breaches).toEqual([]);
});

test('core reads no clock and touches nothing outside', () => {
  const reach =
    /\b(?:Date\.now|new Date|performance\.|process\.|fetch\(|Bun\.(?:file|write|spawn|connect|env))/;
  const breaches = sources
    .filter(({ path }) => roomOf(path) === 'core')
    .filter(({ text }) => codeLines(text).some((line) => reach.test(line)));
  expect(breaches.map(({ path }) => path)).toEqual([]);
});

test('every standing exception still stands', () => {
  expect(standing.filter((breach) => !excused.includes(breach))).toEqual([]);
});
