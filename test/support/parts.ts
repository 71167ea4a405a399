/** The real parts in .tools/python as scripts/parts left them: the interpreter, or why a test must be skipped. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dir, '..', '..');
const venv = join(root, '.tools', 'python');
const requirements = { clients: 'requirements.txt', model: 'requirements-model.txt' };

export const python = join(venv, 'bin', 'python');
export const scriptsDir = join(root, 'test', 'e2e', 'python');

const read = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;

/** Why the part cannot be used, said on standard error too; undefined where it can. */
export function missingPart(part: keyof typeof requirements): string | undefined {
  const wanted = read(join(root, 'test', 'e2e', requirements[part]));
  if (existsSync(python) && wanted === read(join(venv, `.${part}`))) return undefined;
  const reason = read(`${venv}.${part}.missing`) ?? 'not installed: run scripts/parts';
  process.stderr.write(`skipped, no Python ${part}: ${reason}\n`);
  return reason;
}
