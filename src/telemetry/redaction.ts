/** Removes every known secret from a text on its way out. */
import type { Secret } from '../core/secret.ts';

export function createScrubber(secrets: readonly Secret[]): (text: string) => string {
  const known = secrets
    // Very short values would blank out innocent text; no real key is that short.
    .filter((secret) => secret.reveal().length >= 8)
    // A secret inside a longer one, replaced first, would leave the rest of the longer one readable.
    .sort((a, b) => b.reveal().length - a.reveal().length);
  return (text) => known.reduce((scrubbed, secret) => secret.scrub(scrubbed), text);
}
