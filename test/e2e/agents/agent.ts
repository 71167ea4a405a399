/** An agent's program, and one run of it: in a fresh home and work folder, bounded in time. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { draft, fileName } from './script.ts';

/** What an agent has to know of its run. */
export interface Place {
  /** The gateway's, without a path. */
  readonly url: string;
  readonly key: string;
  /** As the gateway shall be asked for it. */
  readonly model: string;
  readonly home: string;
}

export interface Launch {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written into the home by path. */
  readonly homeFiles?: Readonly<Record<string, string>>;
  /** Written into the work folder by path. */
  readonly workFiles?: Readonly<Record<string, string>>;
}

export type Agent = (place: Place, prompt: string) => Launch;

export interface Ended {
  /** Null when the run had to be ended. */
  readonly code: number | null;
  readonly ms: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the file that was to be edited says now. */
  readonly file: string;
}

/** Runs take 1 to 6 s: a guard against hanging, not a measure. */
const guardMs = 60_000;
const modules = join(import.meta.dir, 'node_modules');

/** A program of the installed packages; `node` ones run under Bun where there is no Node. */
export function program(name: string, kind: 'native' | 'node' = 'native'): string[] {
  const path = join(modules, '.bin', name);
  return kind === 'native' ? [path] : [Bun.which('node') ?? process.execPath, path];
}

/** What ends each run that is going on. */
const running = new Set<() => void>();

export function endRuns(): void {
  for (const end of running) end();
}

function put(folder: string, files: Readonly<Record<string, string>> = {}): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

export async function runAgent(
  agent: Agent,
  place: Omit<Place, 'home'>,
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const root = mkdtempSync(join(tmpdir(), 'opengateway-agent-'));
  const [home, work, temporary] = ['home', 'work', 'tmp'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [home, work, temporary]) mkdirSync(folder);
  put(work, { [fileName]: draft });
  const file = join(work, fileName);
  const launch = agent({ ...place, home }, `In ${file} replace "the draft" by "the final text".`);
  put(home, launch.homeFiles);
  put(work, launch.workFiles);
  const began = performance.now();
  const child = Bun.spawn([...launch.command], {
    cwd: work,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      TMPDIR: temporary,
      TERM: 'dumb',
      NO_COLOR: '1',
      ...env,
      ...launch.env,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    // A group of its own, so that what the agent has started ends with it.
    detached: true,
  });
  const end = () => {
    running.delete(end);
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nobody is left of the group.
    }
  };
  running.add(end);
  const guard = setTimeout(end, guardMs);
  try {
    const ended = child.exited.finally(end);
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), ended]);
    const code = child.exitCode;
    return {
      code,
      ms: Math.round(performance.now() - began),
      stdout,
      stderr,
      file: readFileSync(file, 'utf8'),
    };
  } finally {
    clearTimeout(guard);
    rmSync(root, { recursive: true, force: true });
  }
}
