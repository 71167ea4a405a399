/** Runs small Bun programs in processes and directories of their own, from source or compiled. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Directory {
  readonly path: string;
  remove(): void;
}

export function directoryWith(files: Record<string, string>): Directory {
  const path = mkdtempSync(join(tmpdir(), 'opengateway-canary-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function run(command: string[], cwd: string, env: Record<string, string> = {}): Promise<Ran> {
  const child = Bun.spawn(command, {
    cwd,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 20_000,
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out: out.trim(), err };
}

/** This process's own Bun, so that the version under test is the one being asked. */
export const bun = process.execPath;

export const runSource = (dir: Directory, file: string, env?: Record<string, string>) =>
  run([bun, file], dir.path, env);

/** Compiles `main.ts` of the directory into an executable beside it and returns its path. */
export async function compile(dir: Directory, name: string, flags: string[] = []): Promise<string> {
  const outfile = join(dir.path, name);
  const built = await run([bun, 'build', '--compile', ...flags, 'main.ts', '--outfile', outfile], dir.path);
  if (built.code !== 0) throw new Error(`the canary did not compile: ${built.err}`);
  return outfile;
}
