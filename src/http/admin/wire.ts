/** Objects of identity as JSON, and JSON as what is said of them: snake case, RFC 3339, nothing secret. */
import type { JsonObject } from '../../core/json.ts';
import type { Draft } from '../../identity/directory.ts';
import type { Entity, EntityKind, EntityOf, Key, User } from '../../identity/entity.ts';
import { capsView, readBudgets, readLimits, type Standings } from './caps-wire.ts';
import { readTime } from './validation.ts';

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function common({ id, name, disabled, models, providers, endpoints, allowedIps, metadata, tags }: Entity) {
  return { id, name, disabled, models, providers, endpoints, allowed_ips: allowedIps, metadata, tags };
}

function times({ createdAtMs, updatedAtMs }: Entity) {
  return { created_at: time(createdAtMs), updated_at: time(updatedAtMs) };
}

const ofKind: { readonly [Kind in EntityKind]: (entity: EntityOf[Kind]) => object } = {
  organization: () => ({}),
  team: ({ organizationId }) => ({ organization_id: organizationId }),
  user: ({ organizationId, teamId, email, role }: User) => ({
    organization_id: organizationId,
    team_id: teamId,
    email,
    role,
  }),
  key: ({ organizationId, teamId, userId, role, expiresAtMs, hint }: Key) => ({
    organization_id: organizationId,
    team_id: teamId,
    user_id: userId,
    role,
    hint,
    expires_at: expiresAtMs === null ? null : time(expiresAtMs),
  }),
};

export function viewOf<Kind extends EntityKind>(
  kind: Kind,
  entity: EntityOf[Kind],
  standings: Standings,
): object {
  return { ...common(entity), ...ofKind[kind](entity), ...capsView(entity, standings), ...times(entity) };
}

const fields: Readonly<Record<string, keyof Draft>> = {
  allowed_ips: 'allowedIps',
  organization_id: 'organizationId',
  team_id: 'teamId',
  user_id: 'userId',
  test: 'isTest',
};

/** Of a body that was checked. Throws `invalid_value` for a time that is none. */
export function draftOf(body: JsonObject): Draft {
  const draft: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body))
    if (name === 'limits') draft.limits = readLimits(value);
    else if (name === 'budgets') draft.budgets = readBudgets(value);
    else if (name === 'expires_at')
      draft.expiresAtMs = typeof value === 'string' ? readTime(value, name) : null;
    else draft[fields[name] ?? name] = value;
  return draft as Draft;
}
