/** Where a new object stands: what it says, what it belongs to, and where whoever makes it stands. */
import { GatewayError } from '../core/errors.ts';
import { isObjectId } from '../core/ids.ts';
import type { Actor } from './actor.ts';
import { type EntityKind, type EntityOf, idPrefixes, type User } from './entity.ts';
import type { IdentityStore } from './identity-store.ts';
import { isWithin, type Place } from './role.ts';

export interface Belonging {
  readonly organizationId?: string | null | undefined;
  readonly teamId?: string | null | undefined;
  readonly userId?: string | null | undefined;
}

export interface Placed extends Place {
  readonly user: User | undefined;
}

/** The place of what is there already. */
export function placeOf<Kind extends EntityKind>(kind: Kind, entity: EntityOf[Kind]): Place {
  const { organizationId = null, teamId = null } = entity as Partial<Place>;
  if (kind === 'organization') return { organizationId: entity.id, teamId: null };
  return { organizationId, teamId: kind === 'team' ? entity.id : teamId };
}

function wrong(param: string, message: string): GatewayError {
  return new GatewayError('invalid_value', message, { param });
}

/** What is out of reach is answered as what is not there. */
async function named<Kind extends EntityKind>(
  store: IdentityStore,
  actor: Actor,
  kind: Kind,
  id: string,
): Promise<EntityOf[Kind]> {
  const entity = isObjectId(idPrefixes[kind], id) ? await store.find(kind, id) : undefined;
  if (entity !== undefined && isWithin(actor.reach, placeOf(kind, entity))) return entity;
  throw wrong(`${kind}_id`, `There is no ${kind} '${id}'.`);
}

/** A place that is said may be narrower than what it belongs to, never another. */
function agreed(param: string, said: string | null | undefined, given: string | null): string | null {
  if (given === null) return said ?? null;
  if (said === undefined || said === given) return given;
  throw wrong(param, `'${param}' contradicts what this belongs to.`);
}

/** Throws `invalid_value`. */
export async function placeNew(store: IdentityStore, actor: Actor, said: Belonging): Promise<Placed> {
  const { reach } = actor;
  // An administrator of a team or an organization makes what it makes there.
  const ownTeam = typeof reach !== 'string' && 'teamId' in reach ? reach.teamId : null;
  const ownOrganization =
    typeof reach !== 'string' && 'organizationId' in reach ? reach.organizationId : null;
  const user = said.userId ? await named(store, actor, 'user', said.userId) : undefined;
  const teamId =
    agreed('team_id', said.teamId, user?.teamId ?? null) ?? (said.teamId === null ? null : ownTeam);
  const team = teamId === null ? undefined : await named(store, actor, 'team', teamId);
  const above = team === undefined ? (user?.organizationId ?? null) : team.organizationId;
  if (user?.organizationId && team !== undefined && user.organizationId !== team.organizationId)
    throw wrong('team_id', "'team_id' is not of the user's organization.");
  if (team !== undefined && said.organizationId && said.organizationId !== team.organizationId)
    throw wrong('organization_id', "'organization_id' contradicts what this belongs to.");
  if (team !== undefined || above !== null)
    return { organizationId: agreed('organization_id', said.organizationId, above), teamId, user };
  const organizationId = said.organizationId === undefined ? ownOrganization : said.organizationId;
  if (organizationId !== null) await named(store, actor, 'organization', organizationId);
  return { organizationId, teamId, user };
}
