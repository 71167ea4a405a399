/** What identity keeps: organizations, their teams, the teams' users, and keys; each may narrow what is below it. */
import type { Budget, Limits } from '../ledger/caps.ts';
import type { Role } from './role.ts';

/** An absent list (`null`) restricts nothing; an empty one allows nothing. */
export interface Restrictions {
  /** Model names, `*` for any text. */
  readonly models: readonly string[] | null;
  /** Provider names, `*` for any text. */
  readonly providers: readonly string[] | null;
  /** Routes as they stand in the log's `endpoint`, `*` for any text. */
  readonly endpoints: readonly string[] | null;
  /** Addresses and CIDR ranges, IPv4 and IPv6. */
  readonly allowedIps: readonly string[] | null;
}

export interface Entity extends Restrictions {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  /** `null` limits nothing. */
  readonly limits: Limits | null;
  readonly budgets: readonly Budget[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Rises by one with every change. */
  readonly version: number;
  /** Deleted ones are kept for what refers to them, and never found again. */
  readonly deletedAtMs: number | null;
}

export type Organization = Entity;

export interface Team extends Entity {
  readonly organizationId: string | null;
}

export interface User extends Entity {
  readonly organizationId: string | null;
  readonly teamId: string | null;
  readonly email: string | null;
  readonly role: Role;
}

export interface Key extends Entity {
  readonly organizationId: string | null;
  readonly teamId: string | null;
  readonly userId: string | null;
  readonly role: Role;
  readonly expiresAtMs: number | null;
  /** `sk-og-…` and the last four characters, to tell keys apart by. */
  readonly hint: string;
}

/** What opens a key: the keyed hash of its text. A key that was rotated has the old one for a while, too. */
export interface KeySecret {
  readonly hash: string;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
}

export interface EntityOf {
  readonly organization: Organization;
  readonly team: Team;
  readonly user: User;
  readonly key: Key;
}

export type EntityKind = keyof EntityOf;

/** The word an id begins with. */
export const idPrefixes: Readonly<Record<EntityKind, string>> = {
  organization: 'org',
  team: 'team',
  user: 'user',
  key: 'key',
};
