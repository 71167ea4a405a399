/** Who administers: what they may reach, and what they were given themselves. */
import type { Level } from './access.ts';
import { type Caller, isKeyCaller } from './caller.ts';
import type { EntityKind } from './entity.ts';
import type { Reach, Role } from './role.ts';

export interface Actor {
  readonly id: string;
  readonly role: Role;
  readonly reach: Reach;
  /** What restricts the actor: nothing it grants may be wider. */
  readonly levels: readonly Level[];
  readonly expiresAtMs: number | null;
}

/** Nobody in particular is a member of nothing. */
export function actorOf(caller: Caller): Actor {
  if (isKeyCaller(caller)) {
    const { keyId, role, reach, access, key } = caller;
    return { id: keyId, role, reach, levels: access.levels, expiresAtMs: key.expiresAtMs };
  }
  const isRoot = caller.keyId === 'root';
  return {
    id: caller.keyId,
    role: isRoot ? 'platform_admin' : 'member',
    reach: isRoot ? 'everything' : 'nothing',
    levels: [],
    expiresAtMs: null,
  };
}

/** The least role that may make or delete one. */
const makers: Readonly<Record<EntityKind, Role>> = {
  organization: 'platform_admin',
  team: 'organization_admin',
  user: 'team_admin',
  key: 'team_admin',
};

/** Whoever is inside may describe it; what holds it in is set by the one above. */
const describers: Readonly<Record<EntityKind, Role>> = {
  organization: 'organization_admin',
  team: 'team_admin',
  user: 'team_admin',
  key: 'team_admin',
};
const descriptions: ReadonlySet<string> = new Set(['name', 'metadata', 'tags', 'email']);

export function makerOf(kind: EntityKind): Role {
  return makers[kind];
}

/** The least role that may change a field of what is there already. */
export function changerOf(kind: EntityKind, field: string): Role {
  return descriptions.has(field) ? describers[kind] : makers[kind];
}
