/** Runs the agents named in its argument (JSON: a list of `Wanted`) and prints a line of JSON for each, network and recording. */
import { readFileSync } from 'node:fs';
import { endRuns } from './agent.ts';
import { type Recording, record, type Wanted } from './recording.ts';

/** One line this program prints. */
export interface Printed {
  readonly recording: Recording;
  /** Names of all network interfaces there are; undefined where the system does not tell. */
  readonly interfaces: readonly string[] | undefined;
}

/** As many as the cores of a small machine. */
const lanes = 2;

function interfaces(): string[] | undefined {
  try {
    const [, , ...lines] = readFileSync('/proc/self/net/dev', 'utf8').trim().split('\n');
    return lines.map((line) => line.split(':')[0]?.trim() ?? '');
  } catch {
    return undefined;
  }
}

const waiting = JSON.parse(process.argv[2] ?? '[]') as Wanted[];
// Only what listens on loopback is reached where the agents share the machine's network.
const dead = 'http://127.0.0.1:9';
const env = {
  HTTP_PROXY: dead,
  HTTPS_PROXY: dead,
  http_proxy: dead,
  https_proxy: dead,
  NO_PROXY: '127.0.0.1,localhost',
  no_proxy: '127.0.0.1,localhost',
};

async function print(line: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(line, (failure) => (failure ? reject(failure) : resolve()));
  });
}

async function lane(): Promise<void> {
  for (let wanted = waiting.shift(); wanted !== undefined; wanted = waiting.shift()) {
    const printed: Printed = { recording: await record(wanted, env), interfaces: interfaces() };
    await print(`${JSON.stringify(printed)}\n`);
  }
}

process.on('SIGTERM', () => {
  endRuns();
  process.exit(1);
});
await Promise.all(Array.from({ length: lanes }, lane));
// The timers of what has ended would hold it up.
process.exit(0);
