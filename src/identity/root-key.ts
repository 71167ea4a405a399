/** Who calls: the root key compared in constant time, or nobody where the settings allow it. */
import { timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';

/** Published in every README: it opens to clients on this machine only. */
export const defaultRootKey = 'sk-root-change-me';

export interface Caller {
  readonly keyId: 'root' | 'anonymous';
}

export interface RootKeyOptions {
  readonly rootKey: Secret;
  readonly requireAuth: boolean;
}

/** `isLocal` is asked only where it matters: finding the peer's address is not free. */
export type Authenticator = (credential: string | undefined, isLocal: () => boolean) => Caller;

const root: Caller = { keyId: 'root' };
const anonymous: Caller = { keyId: 'anonymous' };

function digest(text: string): Uint8Array {
  return Bun.SHA256.hash(text) as Uint8Array;
}

/** Digests have one length, so neither the key's length nor its matching prefix shows in the time a comparison takes. */
export function createAuthenticator({ rootKey, requireAuth }: RootKeyOptions): Authenticator {
  const expected = digest(rootKey.reveal());
  const isDefault = rootKey.reveal() === defaultRootKey;
  return (credential, isLocal) => {
    if (credential === undefined) {
      if (!requireAuth) return anonymous;
      throw new GatewayError(
        'invalid_api_key',
        'You did not provide an API key. Send it as `Authorization: Bearer <key>`.',
      );
    }
    if (!timingSafeEqual(digest(credential), expected)) {
      if (!requireAuth) return anonymous;
      throw new GatewayError('invalid_api_key', 'Incorrect API key provided.');
    }
    if (isDefault && !isLocal())
      throw new GatewayError(
        'root_key_local_only',
        'The root key is still the published default, which opens only to clients on the same machine. Set ROOT_KEY.',
      );
    return root;
  };
}
