/** The cost calculator in .tools/prices as scripts/parts left it: its interpreter, or why a test must be skipped. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dir, '..', '..');
const venv = join(root, '.tools', 'prices', 'venv');

export const calculator = join(venv, 'bin', 'python');

/** Said on standard error too; undefined where it is there, in the version wanted. */
export function missingCalculator(): string | undefined {
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined);
  const wanted = read(join(root, 'scripts', 'prices', 'requirements.txt'));
  if (existsSync(calculator) && wanted === read(join(venv, '.prices'))) return undefined;
  const reason = read(`${venv}.missing`) ?? 'not installed: run scripts/parts';
  process.stderr.write(`skipped, no cost calculator: ${reason}\n`);
  return reason;
}
