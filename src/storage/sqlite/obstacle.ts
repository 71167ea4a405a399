/** What stands in the way of making a file. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Why a file could not be made there; undefined where it could. */
export function obstacle(path: string): string | undefined {
  let at = dirname(path);
  while (!existsSync(at)) at = dirname(at);
  try {
    if (!statSync(at).isDirectory()) return `${at} is no directory`;
    accessSync(at, constants.W_OK);
    return undefined;
  } catch {
    return `${at} cannot be written`;
  }
}
