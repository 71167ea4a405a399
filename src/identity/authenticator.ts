/** Who calls: the root key, a virtual key that is good at this moment and from this place, or nobody where that is allowed. */
import { GatewayError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { anonymous, type Caller, type KeyCaller, type Origin, root } from './caller.ts';
import type { KeyRing } from './key-ring.ts';
import { isKeyText } from './key-text.ts';
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
  if (!access.allowsAddress(from))
    throw new GatewayError('address_not_allowed', 'This API key may not be used from your address.');
  return caller;
}

class KeyAuthenticator {
  readonly #requireAuth: boolean;
  readonly #rootKey: RootKey;
  /**
   * A text in the form of a virtual key is no root key of another form, which saves each call of a virtual key a hash. The time
   * it takes tells of the root key that it has another form, and nothing else.
   */
  readonly #rootIsKeyText: boolean;
  readonly #keys: Pick<KeyRing, 'find'>;

  constructor({ rootKey, requireAuth }: AuthenticatorOptions, keys: Pick<KeyRing, 'find'>) {
    this.#requireAuth = requireAuth;
    this.#rootKey = new RootKey(rootKey);
    this.#rootIsKeyText = isKeyText(rootKey.reveal());
    this.#keys = keys;
  }

  callerOf(credential: string | undefined, from: Origin): Caller | Promise<Caller> {
    if (credential === undefined)
      return this.#stranger('You did not provide an API key. Send it as `Authorization: Bearer <key>`.');
    if ((this.#rootIsKeyText || !isKeyText(credential)) && this.#rootKey.is(credential)) {
      if (this.#rootKey.isDefault && !from.isLocal())
        throw new GatewayError(
          'root_key_local_only',
          'The root key is still the published default, which opens only to clients on the same machine. Set ROOT_KEY.',
        );
      return root;
    }
    const found = this.#keys.find(credential);
    return found instanceof Promise ? this.#later(found, from) : this.#known(found, from);
  }

  /** Apart, so that a call whose key is known pays for no closure. */
  #later(found: Promise<KeyCaller | undefined>, from: Origin): Promise<Caller> {
    return found.then((caller) => this.#known(caller, from));
  }

  /** In the same words whatever it is: no key, one that is gone, or one that never was. */
  #known(caller: KeyCaller | undefined, from: Origin): Caller {
    return caller === undefined ? this.#stranger('Incorrect API key provided.') : checked(caller, from);
  }

  #stranger(message: string): Caller {
    if (!this.#requireAuth) return anonymous;
    throw new GatewayError('invalid_api_key', message);
  }
}

export function createAuthenticator(
  options: AuthenticatorOptions,
  keys: Pick<KeyRing, 'find'>,
): Authenticator {
  const authenticator = new KeyAuthenticator(options, keys);
  return (credential, from) => authenticator.callerOf(credential, from);
}
