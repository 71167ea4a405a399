/** The benchmark's command line: which sections, how many rounds, what to print. */
import { executable } from '../support/gateway.ts';

export const sections = [
  'unary',
  'stream',
  'start',
  'memory',
  'portkey',
  'dialects',
  'governed',
  'tables',
  'workers',
] as const;
export type Section = (typeof sections)[number];
/** It fills gigabytes: only where it is named. */
const usual = sections.filter((section) => section !== 'tables');

export interface Options {
  readonly rounds: number;
  readonly only: readonly Section[];
  readonly quick: boolean;
  readonly json: boolean;
  readonly strict: boolean;
  readonly help: boolean;
  /** The executable to measure: another build to compare with, or dist/opengateway. */
  readonly gateway: string;
  /** Where the gateway's stdout goes, request log and all; null is a file in the run's own directory. */
  readonly log: string | null;
}

export const usage = `usage: scripts/bench [options]
  --only NAME,NAME   ${sections.join(', ')} (default: all but tables)
  --rounds N         rounds of every interleaved measurement (default 5; --quick 3)
  --quick            short windows: under ninety seconds, for a first look
  --gateway PATH     measure another executable (default dist/opengateway)
  --log PATH         where the gateway's stdout goes, such as /dev/null (default a temporary file)
  --json             the rows as JSON
  --strict           exit 1 when a bound is passed
`;

/** Throws an Error that says which argument is wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const [name = '', inline] = (argv[i] ?? '').split(/=(.*)/s);
    if (['--quick', '--json', '--strict', '--help'].includes(name)) flags.add(name);
    else if (['--only', '--rounds', '--gateway', '--log'].includes(name)) {
      const value = inline ?? argv[++i];
      if (value === undefined) throw new Error(`${name} needs a value`);
      values.set(name, value);
    } else throw new Error(`unknown argument: ${name}`);
  }
  const quick = flags.has('--quick');
  const rounds = Number(values.get('--rounds') ?? (quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds needs a whole number from 1');
  return {
    rounds,
    only: (values.get('--only')?.split(',') ?? usual).map(asSection),
    quick,
    json: flags.has('--json'),
    strict: flags.has('--strict'),
    help: flags.has('--help'),
    gateway: values.get('--gateway') ?? executable,
    log: values.get('--log') ?? null,
  };
}

function asSection(name: string): Section {
  const found = sections.find((section) => section === name);
  if (found === undefined) throw new Error(`--only knows ${sections.join(', ')}, not ${name}`);
  return found;
}
