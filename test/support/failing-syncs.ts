/** A disk that cannot keep what it took, as a process sees it: while it lasts, each of its syncs fails with EIO. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

/** Why syncs cannot be made to fail here; undefined where they can. */
export function whyNoFailingSyncs(): string | undefined {
  if (Bun.which('strace') === null) return 'strace is not installed';
  const { exitCode } = Bun.spawnSync(['strace', '-o', '/dev/null', 'true'], { stderr: 'ignore' });
  return exitCode === 0 ? undefined : 'no process may be traced here';
}

const syncs = 'fdatasync,fsync';

export class FailingSyncs {
  readonly #child: Bun.Subprocess;
  readonly #directory: string;

  private constructor(child: Bun.Subprocess, directory: string) {
    this.#child = child;
    this.#directory = directory;
  }

  /** Of all threads of a process, from now on. */
  static async of(pid: number): Promise<FailingSyncs> {
    const directory = mkdtempSync(join(tmpdir(), 'opengateway-syncs-'));
    const [told, calls] = [join(directory, 'told'), join(directory, 'calls')];
    const what = ['-e', `trace=${syncs}`, '-e', `inject=${syncs}:error=EIO`];
    const child = Bun.spawn(['strace', '-f', '-p', String(pid), '-o', calls, ...what], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: Bun.file(told),
    });
    await eventually(() => readFileSync(told, 'utf8').includes('attached'), 'the process is traced');
    return new FailingSyncs(child, directory);
  }

  /** From now on they work again. How many failed. */
  async end(): Promise<number> {
    this.#child.kill('SIGINT');
    await this.#child.exited;
    const calls = readFileSync(join(this.#directory, 'calls'), 'utf8');
    rmSync(this.#directory, { recursive: true, force: true });
    return calls.split('EIO').length - 1;
  }
}
