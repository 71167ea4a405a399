/**
 * Makes src/ledger/catalogue.generated.jsonl from public price data (scripts/prices/sources.json), or fails and says why:
 * a price that cannot be one, or one on which the second source disagrees by more than a factor, unless
 * scripts/prices/exceptions.json names it with the reason. `--check` writes nothing and fails when the file is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { strangeIn } from '../src/ledger/sane-price.ts';
import { type Comparison, compare, type Second } from './prices/cross-check.ts';
import { type Provider, type ProviderEntry, readPrimary } from './prices/primary.ts';

const root = join(import.meta.dir, '..');
const here = join(import.meta.dir, 'prices');
const folder = join(root, '.tools', 'prices');
const python = join(folder, 'venv', 'bin', 'python');
const target = join(root, 'src', 'ledger', 'catalogue.generated.jsonl');

/** Differences beyond it are listed in the report. */
const reportedFactor = 1.01;
/** Beyond it the catalogue is refused unless the difference is a reviewed exception. */
const refusedFactor = 1.5;

interface Source {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly url: string;
}
interface Sources {
  readonly asOf: string;
  readonly prices: Source;
  readonly crossCheck: Source & { readonly file: string };
}
/** A group of differences that one reason explains: `match` is a regular expression over their keys. */
interface Exception {
  readonly match: string;
  readonly reason: string;
}
/** A model whose price in the first source is wrong, put before the provider's others. */
type Correction = Provider['models'][number] & { readonly provider: string; readonly reason: string };
interface Exceptions {
  readonly strange: readonly Exception[];
  readonly differences: readonly Exception[];
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function run(command: string[]): string {
  const done = Bun.spawnSync(command, { cwd: root, stderr: 'inherit', stdout: 'pipe' });
  if (done.exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${done.exitCode}`);
  return done.stdout.toString();
}

/** One file of a package of the Python index, by exact version; kept for the next time. */
function fileOf({ name, version, file }: Sources['crossCheck']): string {
  const kept = join(folder, `${name}-${version}.json`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const wheels = join(folder, 'wheels');
  mkdirSync(wheels, { recursive: true });
  run([
    python,
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '-d',
    wheels,
    `${name}==${version}`,
  ]);
  const script =
    'import glob,sys,zipfile;print(zipfile.ZipFile(glob.glob(sys.argv[1])[0]).read(sys.argv[2]).decode(),end="")';
  const text = run([python, '-c', script, join(wheels, `${name}-${version}-*.whl`), file]);
  writeFileSync(kept, text);
  return text;
}

/** Takes out what an exception explains; exceptions that explain nothing are mistakes too. */
function unexplained<T extends { readonly key: string }>(
  found: readonly T[],
  exceptions: readonly Exception[],
): [T[], Exception[]] {
  const patterns = exceptions.map((exception) => ({
    exception,
    pattern: new RegExp(`^(?:${exception.match})$`),
    used: false,
  }));
  const rest = found.filter(({ key }) => {
    const known = patterns.find(({ pattern }) => pattern.test(key));
    if (known !== undefined) known.used = true;
    return known === undefined;
  });
  return [rest, patterns.filter(({ used }) => !used).map(({ exception }) => exception)];
}

function catalogueText({ asOf, prices, crossCheck }: Sources, entries: readonly ProviderEntry[]): string {
  const source = ({ name, version, licence, url }: Source, role: string) => ({
    name,
    version,
    licence,
    url,
    role,
  });
  const head = { asOf, sources: [source(prices, 'prices'), source(crossCheck, 'cross-check')] };
  const lines = entries.flatMap(({ provider, models }) => [provider, ...models]);
  return [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function report(
  comparison: Comparison,
  entries: readonly ProviderEntry[],
  unheld: ReadonlyMap<string, number>,
): void {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const models = entries.flatMap(({ models: all }) => all);
  say(`${entries.length} providers, ${models.length} models with a price`);
  say(`not held: ${[...unheld].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  say(
    `cross-check: ${comparison.models} models in both, ${comparison.compared} prices compared, ${comparison.equal} equal, ${comparison.differences.length} differ`,
  );
  for (const { key, ours, theirs, factor } of comparison.differences)
    if (factor > reportedFactor)
      say(`  ${factor > refusedFactor ? '!' : ' '} ${key}: ${ours} here, ${theirs} there`);
}

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const sources = readJson<Sources>(join(here, 'sources.json'));
const exceptions = readJson<Exceptions>(join(here, 'exceptions.json'));
const installed = run([
  python,
  '-c',
  'import importlib.metadata as m;print(m.version("genai-prices"),end="")',
]);
if (installed !== sources.prices.version)
  throw new Error(
    `genai-prices ${sources.prices.version} is wanted, ${installed} is installed: run scripts/parts`,
  );

const unheld = new Map<string, number>();
const corrections = readJson<Correction[]>(join(here, 'corrections.json'));
const told = JSON.parse(run([python, join(here, 'dump.py')])) as Provider[];
const corrected = told.map((provider) => ({
  ...provider,
  models: [...corrections.filter((each) => each.provider === provider.id), ...provider.models],
}));
const read = readPrimary(corrected, sources.asOf, unheld);
const priced = read.map(({ provider, models }) => ({
  provider,
  models: models.filter(({ eras }) => eras.length > 0),
}));
const comparison = compare(priced, JSON.parse(fileOf(sources.crossCheck)) as Second);
report(comparison, priced, unheld);

const strange = priced.flatMap(({ provider, models }) =>
  models.flatMap((model) =>
    strangeIn(model).map((what) => ({ key: `${provider.provider}/${model.model}: ${what}` })),
  ),
);
const [stillStrange, idleStrange] = unexplained(strange, exceptions.strange);
const [disputed, idleDisputes] = unexplained(
  comparison.differences.filter(({ factor }) => factor > refusedFactor),
  exceptions.differences,
);
const problems = [
  ...stillStrange.map(({ key }) => `strange: ${key}`),
  ...disputed.map(({ key, ours, theirs }) => `disputed: ${key}: ${ours} here, ${theirs} there`),
  ...[...idleStrange, ...idleDisputes].map(({ match }) => `an exception that explains nothing: ${match}`),
];
const text = catalogueText(sources, priced);
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n${problems.length} problems: nothing is written\n`);
  process.exitCode = 1;
} else if (values.check !== true) writeFileSync(target, text);
else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  process.stderr.write('src/ledger/catalogue.generated.jsonl is stale: run scripts/bun scripts/prices.ts\n');
  process.exitCode = 1;
}
