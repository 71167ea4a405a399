/** Who calls: the root key, a virtual key that is good at this moment and from this place, or nobody where that is allowed. */
import { GatewayError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { anonymous, type Caller, type KeyCaller, type Origin, root } from './caller.ts';
import type { KeyRing } from './key-ring.ts';
import { RootKey } from './root-key.ts';

export interface AuthenticatorOptions {
  readonly rootKey: Secret;
  readonly requireAuth: boolean;
}

/** A promise only where a key has to be looked up. Throws what it refuses. */
export type Authenticator = (credential: string | undefined, from: Origin) => Caller | Promise<Caller>;

/** Throws `key_expired` or `key_disabled`. */
export function checkStanding({ access, endsAtMs }: KeyCaller): void {
  if (endsAtMs !== undefined && Date.now() >= endsAtMs)
    throw new GatewayError('key_expired', 'This API key has expired.');
  if (access.isDisabled) throw new GatewayError('key_disabled', 'This API key is disabled.');
}

function checked(caller: KeyCaller, from: Origin): KeyCaller {
  checkStanding(caller);
  const { access } = caller;
  if (!access.allowsAddress(() => from.address()))
    throw new GatewayError('address_not_allowed', 'This API key may not be used from your address.');
  return caller;
}

export function createAuthenticator(
  options: AuthenticatorOptions,
  keys: Pick<KeyRing, 'find'>,
): Authenticator {
  const { requireAuth } = options;
  const rootKey = new RootKey(options.rootKey);

  function stranger(message: string): Caller {
    if (!requireAuth) return anonymous;
    throw new GatewayError('invalid_api_key', message);
  }

  return (credential, from) => {
    if (credential === undefined)
      return stranger('You did not provide an API key. Send it as `Authorization: Bearer <key>`.');
    if (rootKey.is(credential)) {
      if (rootKey.isDefault && !from.isLocal())
        throw new GatewayError(
          'root_key_local_only',
          'The root key is still the published default, which opens only to clients on the same machine. Set ROOT_KEY.',
        );
      return root;
    }
    // In the same words whatever it is: no key, one that is gone, or one that never was.
    const known = (caller: KeyCaller | undefined) =>
      caller === undefined ? stranger('Incorrect API key provided.') : checked(caller, from);
    const found = keys.find(credential);
    return found instanceof Promise ? found.then(known) : known(found);
  };
}
