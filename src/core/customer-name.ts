/** The client's own name for its end user, made fit to be kept: whoever sends it chooses how long it is and what is in it. */
import type { JsonValue } from './json.ts';

/** Longer ones go by their hash. */
const maxLength = 128;

/** The first that is a name; undefined where none is. */
export function customerName(...said: readonly (JsonValue | undefined)[]): string | undefined {
  for (const name of said) if (typeof name === 'string' && name !== '') return kept(name);
  return undefined;
}

function kept(name: string): string {
  if (name.length <= maxLength) return name.toWellFormed();
  return `sha256:${new Bun.CryptoHasher('sha256').update(name).digest('hex')}`;
}
