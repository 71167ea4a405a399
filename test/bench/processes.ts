/** Starts the processes of a run and makes sure that not one of them outlives it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnv } from '../support/gateway.ts';
import { descendants } from './proc.ts';

export interface StartOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** A file to take stdout; it is thrown away otherwise. */
  readonly stdout?: string;
}

export interface Processes {
  /** The run's own directory. It is removed, and what still runs is killed, when this process exits. */
  readonly dir: string;
  start(command: string[], options?: StartOptions): Bun.Subprocess;
  /** Ends one process and what it started, gently and then for good. */
  stop(child: Bun.Subprocess): Promise<void>;
  stopAll(): Promise<void>;
}

export function createProcesses(): Processes {
  const dir = mkdtempSync(join(tmpdir(), 'opengateway-bench-'));
  const running = new Set<Bun.Subprocess>();
  const stop = async (child: Bun.Subprocess) => {
    const below = descendants(child.pid);
    child.kill('SIGTERM');
    await Promise.race([child.exited, Bun.sleep(2_000)]);
    for (const pid of below) kill(pid);
    child.kill('SIGKILL');
    await child.exited;
    running.delete(child);
  };
  process.on('exit', () => {
    for (const child of running) for (const pid of [...descendants(child.pid), child.pid]) kill(pid);
    rmSync(dir, { recursive: true, force: true });
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.exit(130));
  return {
    dir,
    start(command, options = {}) {
      const child = Bun.spawn(command, {
        cwd: options.cwd ?? dir,
        env: cleanEnv(options.env ?? {}),
        stdin: 'ignore',
        stdout: options.stdout === undefined ? 'ignore' : Bun.file(options.stdout),
        stderr: 'ignore',
      });
      running.add(child);
      return child;
    },
    stop,
    async stopAll() {
      await Promise.all([...running].map(stop));
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
