/** Credentials for providers as platform administrators see and change them: one a provider, never shown again. */
import { GatewayError } from '../core/errors.ts';
import { isObjectId, newObjectId } from '../core/ids.ts';
import { Secret } from '../core/secret.ts';
import { type CredentialVault, credentialHint } from './credential-vault.ts';
import type { Change, IdentityStore } from './identity-store.ts';
import { credentialPrefix, type StoredCredential } from './stored-credential.ts';

/** What is said of a new credential, or of one that changes; checked for its form already. */
export interface CredentialDraft {
  readonly provider?: string;
  readonly name?: string;
  readonly apiKey?: string;
  readonly baseUrl?: string | null;
}

/** What the settings say of the providers there are. */
export interface DeclaredProviders {
  /** Where the credential of a provider is declared; undefined where it is not. */
  declaredAt(provider: string): string | undefined;
  /** All whose credential is declared. */
  readonly declared: readonly string[];
  /** Why a credential could not be used; undefined where it could. */
  problemWith(provider: string, apiKey: Secret, baseUrl: string | null): string | undefined;
}

export interface CredentialPlan {
  readonly credential: StoredCredential;
  readonly changes: readonly Change[];
}

export class CredentialDesk {
  readonly #store: IdentityStore;
  readonly #vault: CredentialVault;
  readonly #providers: DeclaredProviders;

  constructor(store: IdentityStore, vault: CredentialVault, providers: DeclaredProviders) {
    this.#store = store;
    this.#vault = vault;
    this.#providers = providers;
  }

  /** The youngest first. */
  async list(): Promise<readonly StoredCredential[]> {
    return await this.#store.listCredentials();
  }

  /** Throws `not_found`. */
  async show(id: string): Promise<StoredCredential> {
    const all = isObjectId(credentialPrefix, id) ? await this.#store.listCredentials() : [];
    const found = all.find((credential) => credential.id === id);
    if (found === undefined) throw new GatewayError('not_found', `There is no credential '${id}'.`);
    return found;
  }

  /** Throws `conflict` where the provider has a credential already, and says which. */
  async create({
    provider = '',
    name,
    apiKey = '',
    baseUrl = null,
  }: CredentialDraft): Promise<CredentialPlan> {
    const where = this.#providers.declaredAt(provider);
    if (where !== undefined)
      throw new GatewayError(
        'conflict',
        `The credential of '${provider}' is declared by ${where}: one kept here would never be used.`,
        { param: 'provider' },
      );
    const all = await this.#store.listCredentials();
    const other = all.find((credential) => credential.provider === provider);
    if (other !== undefined)
      throw new GatewayError(
        'conflict',
        `The credential of '${provider}' is '${other.name}' (${other.id}). Change it, or delete it first.`,
        { param: 'provider' },
      );
    const id = newObjectId(credentialPrefix);
    const nowMs = Date.now();
    const credential: StoredCredential = {
      id,
      provider,
      name: name ?? provider,
      baseUrl,
      hint: credentialHint(apiKey),
      sealed: await this.#seal(id, provider, apiKey, baseUrl),
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
    };
    return { credential, changes: [{ insertCredential: credential }] };
  }

  async update(
    id: string,
    { name, apiKey, baseUrl }: CredentialDraft,
    isCurrent: (version: number) => boolean,
  ): Promise<CredentialPlan> {
    const before = await this.#showToChange(id, isCurrent);
    const address = baseUrl === undefined ? before.baseUrl : baseUrl;
    const text = apiKey ?? (await this.#vault.open(before)).reveal();
    const credential: StoredCredential = {
      ...before,
      name: name ?? before.name,
      baseUrl: address,
      hint: credentialHint(text),
      sealed: await this.#seal(id, before.provider, text, address),
      updatedAtMs: Date.now(),
      version: before.version + 1,
    };
    return { credential, changes: [{ updateCredential: credential }] };
  }

  async remove(id: string, isCurrent: (version: number) => boolean): Promise<CredentialPlan> {
    const credential = await this.#showToChange(id, isCurrent);
    return { credential, changes: [{ deleteCredential: id }] };
  }

  async #showToChange(id: string, isCurrent: (version: number) => boolean): Promise<StoredCredential> {
    const credential = await this.show(id);
    if (!isCurrent(credential.version))
      throw new GatewayError('precondition_failed', 'The credential is no longer the one `If-Match` names.');
    return credential;
  }

  async #seal(id: string, provider: string, text: string, baseUrl: string | null): Promise<string> {
    const problem = this.#providers.problemWith(provider, new Secret(text), baseUrl);
    if (problem !== undefined) throw new GatewayError('invalid_value', problem);
    return await this.#vault.seal(id, text);
  }
}
