/** A credential for a provider that is kept in the storage: the secret sealed, the rest as administrators see it. */

export interface StoredCredential {
  readonly id: string;
  /** One a provider. */
  readonly provider: string;
  readonly name: string;
  /** Instead of the provider's own address; null for that. */
  readonly baseUrl: string | null;
  /** The last four characters, to tell it by. */
  readonly hint: string;
  /** Opened by the server's secret together with `id`, and by nothing else. */
  readonly sealed: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Rises by one with every change. */
  readonly version: number;
}

export const credentialPrefix = 'cred';
