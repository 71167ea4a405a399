/** Who calls, as the rest of the gateway sees it. */
import type { Caps } from '../ledger/caps.ts';
import type { Access } from './access.ts';
import type { Key } from './entity.ts';
import type { Reach, Role } from './role.ts';

export interface Caller {
  /** `root`, `anonymous`, or a key's id. */
  readonly keyId: string;
  readonly userId?: string;
  readonly teamId?: string;
  readonly organizationId?: string;
  /** Of the key. */
  readonly tags?: readonly string[];
  /** Of the key and all it belongs to; absent where none of them has any. */
  readonly caps?: readonly Caps[];
  /** Absent: everything is allowed. */
  readonly access?: Access;
}

/** Someone with a virtual key. */
export interface KeyCaller extends Caller {
  readonly key: Key;
  /** The keyed hash of the text that was sent: one key may have two for a while. */
  readonly secretHash: string;
  readonly access: Access;
  /** The lesser of the key's role and its user's. */
  readonly role: Role;
  readonly reach: Reach;
  /** When this text of the key ends, the key's own expiry included. */
  readonly endsAtMs: number | undefined;
}

export const root: Caller = { keyId: 'root' };
export const anonymous: Caller = { keyId: 'anonymous' };

export function isKeyCaller(caller: Caller): caller is KeyCaller {
  return 'key' in caller;
}

/** Where a request comes from, asked only where it matters: finding it is not free. */
export interface Origin {
  /** The connection comes from this machine and was not forwarded by anyone. */
  isLocal(): boolean;
  /** The client's address, trusted proxies passed over; undefined where it cannot be told. */
  address(): string | undefined;
}
