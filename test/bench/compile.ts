/** Compiles a program of the benchmark the way the gateway is compiled, so that like is compared with like. */
import { basename, join } from 'node:path';

export async function compile(dir: string, program: string): Promise<string> {
  const outfile = join(dir, basename(program, '.ts'));
  const flags = ['--compile', '--minify', '--bytecode', '--format=esm', '--outfile', outfile];
  const child = Bun.spawn([process.execPath, 'build', ...flags, join(import.meta.dir, 'programs', program)], {
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const [code, stderr] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (code !== 0) throw new Error(`bun build ${program}: ${stderr.trim()}`);
  return outfile;
}
