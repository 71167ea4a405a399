/** Reads a file of the configuration; one that cannot be read is a mistake to explain, not a crash. */
import { readFileSync } from 'node:fs';
import { ConfigError } from './diagnostics.ts';

/** Throws a ConfigError. `name` is how the file is called in it. */
export function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    const problem = code === 'EISDIR' ? 'is a directory, not a file.' : `cannot be read (${code}).`;
    throw new ConfigError([{ where: name, problem }]);
  }
}
