/** The root key: published as a default, compared in constant time. */
import type { Secret } from '../core/secret.ts';

/** Published in every README: it opens to clients on this machine only. */
export const defaultRootKey = 'sk-root-change-me';

function digest(text: string): Uint8Array {
  return Bun.SHA256.hash(text) as Uint8Array;
}

export class RootKey {
  readonly #expected: Uint8Array;
  readonly isDefault: boolean;

  constructor(key: Secret) {
    this.#expected = digest(key.reveal());
    this.isDefault = key.reveal() === defaultRootKey;
  }

  /** Digests have one length, so neither the key's length nor its matching prefix shows in the time a comparison takes. */
  is(credential: string): boolean {
    return crypto.timingSafeEqual(digest(credential), this.#expected);
  }
}
