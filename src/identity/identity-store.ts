/** Where identity keeps what it keeps, as it wants it: every storage implements this, and nothing here knows which. */
import type { Changes } from './changes.ts';
import type { EntityKind, EntityOf, KeySecret } from './entity.ts';
import type { StoredCredential } from './stored-credential.ts';

export interface ListQuery {
  /** Only what stands there. */
  readonly organizationId?: string;
  readonly teamId?: string;
  readonly userId?: string;
  /** Only what is older than the object of this id. */
  readonly before?: string;
  readonly limit: number;
}

/** A reply kept for a request that is sent again; sealed, since it may hold a key. */
export interface KeptReply {
  /** Keyed hash of who asked, where, and their `Idempotency-Key`. */
  readonly id: string;
  /** Keyed hash of the request's body. */
  readonly request: string;
  readonly sealed: string;
  readonly expiresAtMs: number;
}

type EntityChange = {
  readonly [Kind in EntityKind]:
    | { readonly insert: Kind; readonly row: EntityOf[Kind] }
    /** Only while the row is of the version before the new one. */
    | { readonly update: Kind; readonly row: EntityOf[Kind] };
}[EntityKind];

export type Change =
  | EntityChange
  | { readonly addSecret: KeySecret }
  /** Those of a key end by then at the latest. */
  | { readonly expireSecretsOf: string; readonly atMs: number }
  /** And those of its user's keys: they are gone with the user. */
  | { readonly deleteKeysOf: string; readonly atMs: number }
  | { readonly insertCredential: StoredCredential }
  /** Only while the row is of the version before the new one. */
  | { readonly updateCredential: StoredCredential }
  /** For good: nothing refers to it. */
  | { readonly deleteCredential: string }
  | { readonly keepReply: KeptReply; readonly nowMs: number };

/** Methods reject with `storage_unavailable` where what is kept cannot be read or written. */
export interface IdentityStore {
  /** Of everything `write` has written, here and, where several share what is kept, elsewhere. */
  readonly changes: Changes;
  /** Never a deleted one. */
  find<Kind extends EntityKind>(kind: Kind, id: string): Promise<EntityOf[Kind] | undefined>;
  /** The youngest first. */
  list<Kind extends EntityKind>(kind: Kind, query: ListQuery): Promise<readonly EntityOf[Kind][]>;
  findSecret(hash: string): Promise<KeySecret | undefined>;
  findReply(id: string): Promise<KeptReply | undefined>;
  /** Every one: there is one a provider. The youngest first. */
  listCredentials(): Promise<readonly StoredCredential[]>;
  /** All or none, durable once it resolves. Rejects with `conflict` where a row was changed meanwhile or is there already. */
  write(changes: readonly Change[]): Promise<void>;
  /** HMAC-SHA-256 under the server's secret, hexadecimal; undefined while nothing was ever kept. */
  keyedHash(text: string): string | undefined;
  /** Makes ready for the first write: the directory, the database, the server's secret. */
  prepare(): Promise<void>;
}
