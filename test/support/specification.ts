/** Where published specifications stand beside the project; tests that need one are skipped, and say so, where it is not. */
import { join } from 'node:path';

const folder =
  process.env.OPENGATEWAY_SPECS_DIR ?? join(import.meta.dir, '..', '..', '..', 'shared', 'specs');

export function specification(path: string): string {
  return join(folder, path);
}
