/**
 * Seals credentials for the storage and opens them: AES-256-GCM, its key by HKDF from the server's secret, the credential's id as
 * associated data, so that what is copied to another row opens no more.
 */
import { GatewayError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { IdentityStore } from './identity-store.ts';
import type { StoredCredential } from './stored-credential.ts';

const nonceBytes = 12;
/** Also tells this key from whatever else hangs on the server's secret. */
const purpose = 'opengateway upstream credentials, AES-256-GCM';

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

/** Enough to tell two apart, and of a short one nothing. */
export function credentialHint(text: string): string {
  return text.length < 16 ? '…' : `…${text.slice(-4)}`;
}

export class CredentialVault {
  readonly #store: Pick<IdentityStore, 'keyedHash' | 'prepare'>;
  #key: CryptoKey | undefined;

  constructor(store: Pick<IdentityStore, 'keyedHash' | 'prepare'>) {
    this.#store = store;
  }

  async seal(id: string, text: string): Promise<string> {
    await this.#store.prepare();
    const key = await this.#sealingKey();
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const algorithm = { name: 'AES-GCM', iv, additionalData: bytesOf(id) };
    const sealed = await crypto.subtle.encrypt(algorithm, key, bytesOf(text));
    return Buffer.concat([iv, Buffer.from(sealed)]).toString('base64');
  }

  /** Throws `storage_unavailable` for what was changed, moved or sealed by another secret. */
  async open({ id, sealed }: Pick<StoredCredential, 'id' | 'sealed'>): Promise<Secret> {
    const key = await this.#sealingKey();
    const bytes = new Uint8Array(Buffer.from(sealed, 'base64'));
    const iv = bytes.slice(0, nonceBytes);
    try {
      const algorithm = { name: 'AES-GCM', iv, additionalData: bytesOf(id) };
      const opened = await crypto.subtle.decrypt(algorithm, key, bytes.slice(nonceBytes));
      return new Secret(Buffer.from(opened).toString('utf8'));
    } catch (thrown) {
      throw new GatewayError('storage_unavailable', `The credential '${id}' cannot be opened.`, {
        cause: thrown,
      });
    }
  }

  async #sealingKey(): Promise<CryptoKey> {
    if (this.#key !== undefined) return this.#key;
    const root = this.#store.keyedHash(purpose);
    if (root === undefined) throw new GatewayError('storage_unavailable', 'Nothing can be kept here.');
    const material = new Uint8Array(Buffer.from(root, 'hex'));
    const base = await crypto.subtle.importKey('raw', material, 'HKDF', false, ['deriveKey']);
    this.#key = await crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: bytesOf(purpose) },
      base,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    );
    return this.#key;
  }
}
