/** Roles, from the one that may nothing but call to the one that may everything, and how far each reaches. */

/** In rising order: each may do what those before it may, within its reach. */
export const roles = ['member', 'auditor', 'team_admin', 'organization_admin', 'platform_admin'] as const;
export type Role = (typeof roles)[number];

/** Where an object stands. */
export interface Place {
  readonly organizationId: string | null;
  readonly teamId: string | null;
}

/** How far a role reaches: everything, one organization, one team, or nothing. */
export type Reach =
  | 'everything'
  | 'nothing'
  | { readonly organizationId: string }
  | { readonly teamId: string };

export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

export function lesserOf(a: Role, b: Role): Role {
  return isAtLeast(a, b) ? b : a;
}

/** What a role reaches, held by someone who stands at a place. */
export function reachOf(role: Role, { organizationId, teamId }: Place): Reach {
  const team = teamId === null ? 'nothing' : { teamId };
  const organization = organizationId === null ? 'nothing' : { organizationId };
  switch (role) {
    case 'platform_admin':
      return 'everything';
    case 'organization_admin':
      return organization;
    case 'team_admin':
      return team;
    case 'auditor':
      // An auditor of nothing in particular is the whole platform's.
      if (teamId !== null) return team;
      return organizationId === null ? 'everything' : organization;
    case 'member':
      return 'nothing';
  }
}

export function isWithin(reach: Reach, place: Place): boolean {
  if (typeof reach === 'string') return reach === 'everything';
  return 'teamId' in reach ? place.teamId === reach.teamId : place.organizationId === reach.organizationId;
}
