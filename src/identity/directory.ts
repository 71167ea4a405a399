/** Organizations, teams, users and keys as administrators see and change them: each as far as their role reaches. */
import { GatewayError } from '../core/errors.ts';
import { isObjectId, newObjectId } from '../core/ids.ts';
import type { Limits } from '../ledger/caps.ts';
import { type Actor, changerOf, makerOf } from './actor.ts';
import { checkExpiry, checkList, defaultList, restrictionFields } from './bounds.ts';
import { type BudgetDraft, settleBudgets } from './budgets.ts';
import { checkBudgets, checkLimits, defaultBudgets, defaultLimits, settleLimits } from './cap-bounds.ts';
import { type EntityKind, type EntityOf, idPrefixes, type Key, type User } from './entity.ts';
import type { Change, IdentityStore, ListQuery } from './identity-store.ts';
import { hintOf, isTestKey, newKeyText } from './key-text.ts';
import { type Belonging, placeNew, placeOf } from './placement.ts';
import { isAtLeast, isWithin, type Place, type Role } from './role.ts';

/** What is said of a new object, or of one that changes; checked for its form already. */
export type Draft = Partial<Omit<Key & User, 'id' | 'version' | 'limits' | 'budgets'>> &
  Belonging & {
    /** Those that are said; `null` lifts all. */
    readonly limits?: Partial<Limits> | null;
    readonly budgets?: readonly BudgetDraft[];
    readonly isTest?: boolean;
  };

/** What is to be written, and what will be there then. */
export interface Plan<Kind extends EntityKind> {
  readonly entity: EntityOf[Kind];
  readonly changes: readonly Change[];
  /** The text of a key, to be shown this once. */
  readonly keyText?: string;
}

function denied(message: string, param?: string): GatewayError {
  return new GatewayError('permission_denied', message, { param });
}

function unknown(kind: EntityKind, id: string): GatewayError {
  return new GatewayError('not_found', `There is no ${kind} '${id}'.`);
}

/** Throws `permission_denied`. */
function checkRole(actor: Actor, role: Role, place: Place): void {
  if (!isAtLeast(actor.role, role)) throw denied(`You cannot grant the role '${role}'.`, 'role');
  const isPlaced =
    role === 'platform_admin'
      ? place.organizationId === null && place.teamId === null
      : role === 'organization_admin'
        ? place.organizationId !== null
        : role !== 'team_admin' || place.teamId !== null;
  if (!isPlaced)
    throw new GatewayError('invalid_value', `The role '${role}' does not fit where this stands.`, {
      param: 'role',
    });
}

/** Those whose restrictions hold for whatever stands there. */
function aboveOf({ organizationId, teamId }: Place, userId: string | null | undefined): Set<string> {
  return new Set([organizationId, teamId, userId].filter((id) => typeof id === 'string'));
}

function changeTo<Kind extends EntityKind>(
  how: 'insert' | 'update',
  kind: Kind,
  row: EntityOf[Kind],
): Change {
  return { [how]: kind, row } as unknown as Change;
}

export class Directory {
  readonly #store: IdentityStore;
  readonly #now: () => number;

  constructor(store: IdentityStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Throws `not_found`: also for what is out of reach. */
  async show<Kind extends EntityKind>(actor: Actor, kind: Kind, id: string): Promise<EntityOf[Kind]> {
    this.#mustRead(actor);
    const entity = isObjectId(idPrefixes[kind], id) ? await this.#store.find(kind, id) : undefined;
    if (entity === undefined || !isWithin(actor.reach, placeOf(kind, entity))) throw unknown(kind, id);
    return entity;
  }

  /** The youngest first. */
  async list<Kind extends EntityKind>(
    actor: Actor,
    kind: Kind,
    query: ListQuery,
  ): Promise<readonly EntityOf[Kind][]> {
    this.#mustRead(actor);
    const { reach } = actor;
    if (reach === 'nothing') return [];
    if (reach === 'everything') return await this.#store.list(kind, query);
    const [field, id] =
      'teamId' in reach
        ? (['teamId', reach.teamId] as const)
        : (['organizationId', reach.organizationId] as const);
    // The one they stand in themselves is no part of itself.
    if (kind === 'organization' || (kind === 'team' && field === 'teamId')) {
      if (`${kind}Id` !== field || query.before !== undefined) return [];
      const own = await this.#store.find(kind, id);
      const asked = query.organizationId ?? (own as Partial<Place> | undefined)?.organizationId;
      return own === undefined || (kind === 'team' && asked !== (own as Partial<Place>).organizationId)
        ? []
        : [own];
    }
    if (query[field] !== undefined && query[field] !== id) return [];
    return await this.#store.list(kind, { ...query, [field]: id });
  }

  async create<Kind extends EntityKind>(actor: Actor, kind: Kind, draft: Draft): Promise<Plan<Kind>> {
    if (!isAtLeast(actor.role, makerOf(kind))) throw denied(`You cannot make ${kind}s.`);
    const { user, ...said } = await placeNew(this.#store, actor, draft);
    if (kind !== 'organization' && !isWithin(actor.reach, said)) throw denied('This is beyond your reach.');
    const { isTest = false, ...fields } = draft;
    const nowMs = this.#now();
    const id = newObjectId(idPrefixes[kind]);
    const above = aboveOf(said, user?.id);
    const lists = Object.fromEntries(
      restrictionFields.map((field) => {
        const list = draft[field] === undefined ? defaultList(actor, field, above) : draft[field];
        checkList(actor, field, list, above);
        return [field, list];
      }),
    );
    const limits =
      draft.limits === undefined ? defaultLimits(actor, above) : settleLimits(draft.limits, null);
    checkLimits(actor, limits, above);
    const budgets = settleBudgets(draft.budgets ?? defaultBudgets(actor, above), []);
    checkBudgets(actor, budgets, above);
    const role = fields.role ?? 'member';
    const base = {
      metadata: {},
      tags: [],
      disabled: false,
      ...fields,
      ...lists,
      limits,
      budgets,
      ...(kind !== 'organization' && { organizationId: said.organizationId }),
      id,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
      deletedAtMs: null,
    };
    if (kind === 'organization' || kind === 'team') {
      const row = base as unknown as EntityOf[Kind];
      return { entity: row, changes: [changeTo('insert', kind, row)] };
    }
    checkRole(actor, role, said);
    if (kind === 'user') {
      const row = { email: null, ...base, teamId: said.teamId, role } as unknown as EntityOf[Kind];
      return { entity: row, changes: [changeTo('insert', kind, row)] };
    }
    if (user !== undefined && !isAtLeast(user.role, role))
      throw new GatewayError('invalid_value', `The key's user is '${user.role}' only.`, { param: 'role' });
    const expiresAtMs = draft.expiresAtMs === undefined ? actor.expiresAtMs : draft.expiresAtMs;
    checkExpiry(actor, expiresAtMs);
    const keyText = newKeyText(isTest);
    const row = {
      ...base,
      teamId: said.teamId,
      userId: user?.id ?? null,
      role,
      expiresAtMs,
      hint: hintOf(keyText),
    } as unknown as EntityOf[Kind];
    const addSecret = await this.#secretOf(id, keyText, nowMs);
    return { entity: row, keyText, changes: [changeTo('insert', kind, row), { addSecret }] };
  }

  /** `isCurrent`: whether the version is still the one that was read. Throws `precondition_failed`. */
  async update<Kind extends EntityKind>(
    actor: Actor,
    kind: Kind,
    id: string,
    draft: Draft,
    isCurrent: (version: number) => boolean,
  ): Promise<Plan<Kind>> {
    const entity = await this.#showToChange(actor, kind, id, isCurrent);
    for (const field of Object.keys(draft))
      if (!isAtLeast(actor.role, changerOf(kind, field)))
        throw denied(`You cannot change '${field}' of this ${kind}.`, field);
    const place = placeOf(kind, entity);
    const { userId } = entity as Partial<Key>;
    const above = aboveOf(place, userId);
    // Its own restrictions are what changes.
    above.delete(id);
    for (const field of restrictionFields)
      if (draft[field] !== undefined) checkList(actor, field, draft[field], above);
    const limits = draft.limits === undefined ? entity.limits : settleLimits(draft.limits, entity.limits);
    if (draft.limits !== undefined) checkLimits(actor, limits, above);
    const budgets =
      draft.budgets === undefined ? entity.budgets : settleBudgets(draft.budgets, entity.budgets);
    if (draft.budgets !== undefined) checkBudgets(actor, budgets, above);
    if (draft.expiresAtMs !== undefined) checkExpiry(actor, draft.expiresAtMs);
    if (draft.role !== undefined) {
      checkRole(actor, draft.role, place);
      const user = userId ? await this.#store.find('user', userId) : undefined;
      if (user !== undefined && !isAtLeast(user.role, draft.role))
        throw new GatewayError('invalid_value', `The key's user is '${user.role}' only.`, { param: 'role' });
    }
    const row = {
      ...entity,
      ...draft,
      limits,
      budgets,
      updatedAtMs: this.#now(),
      version: entity.version + 1,
    } as EntityOf[Kind];
    return { entity: row, changes: [changeTo('update', kind, row)] };
  }

  /** Whoever is gone takes their keys along; what others belong to stays as long as they do. Throws `conflict`. */
  async remove<Kind extends EntityKind>(
    actor: Actor,
    kind: Kind,
    id: string,
    isCurrent: (version: number) => boolean,
  ): Promise<Plan<Kind>> {
    const entity = await this.#showToChange(actor, kind, id, isCurrent);
    if (!isAtLeast(actor.role, makerOf(kind))) throw denied(`You cannot delete this ${kind}.`);
    if (kind === 'organization' || kind === 'team') await this.#mustBeEmpty(kind, id);
    const atMs = this.#now();
    const row = {
      ...entity,
      deletedAtMs: atMs,
      updatedAtMs: atMs,
      version: entity.version + 1,
    } as EntityOf[Kind];
    const changes: Change[] = [changeTo('update', kind, row)];
    if (kind === 'user') changes.push({ deleteKeysOf: id, atMs });
    return { entity: row, changes };
  }

  /** A new text for a key; the one before it ends after the grace. */
  async rotate(
    actor: Actor,
    id: string,
    graceMs: number,
    isCurrent: (version: number) => boolean,
  ): Promise<Plan<'key'>> {
    const key = await this.#showToChange(actor, 'key', id, isCurrent);
    if (!isAtLeast(actor.role, changerOf('key', 'secret'))) throw denied('You cannot rotate this key.');
    // Whoever rotates a key holds it: it must not be wider than their own.
    const above = aboveOf(key, key.userId).add(id);
    for (const field of restrictionFields) checkList(actor, field, key[field], above);
    checkLimits(actor, key.limits, above);
    checkBudgets(actor, key.budgets, above);
    checkExpiry(actor, key.expiresAtMs);
    const atMs = this.#now();
    const keyText = newKeyText(isTestKey(key.hint));
    const row = { ...key, hint: hintOf(keyText), updatedAtMs: atMs, version: key.version + 1 };
    return {
      entity: row,
      keyText,
      changes: [
        changeTo('update', 'key', row),
        { expireSecretsOf: id, atMs: atMs + graceMs },
        { addSecret: await this.#secretOf(id, keyText, atMs) },
      ],
    };
  }

  #mustRead({ role }: Actor): void {
    if (!isAtLeast(role, 'auditor')) throw denied('Your role allows no administration.');
  }

  /** Also the role: nobody lays hands on those above them. */
  async #showToChange<Kind extends EntityKind>(
    actor: Actor,
    kind: Kind,
    id: string,
    isCurrent: (version: number) => boolean,
  ): Promise<EntityOf[Kind]> {
    const entity = await this.show(actor, kind, id);
    const { role = 'member' } = entity as Partial<Key>;
    if (!isAtLeast(actor.role, 'team_admin') || !isAtLeast(actor.role, role))
      throw denied(`You cannot change this ${kind}.`);
    if (!isCurrent(entity.version))
      throw new GatewayError('precondition_failed', `The ${kind} is no longer the one \`If-Match\` names.`);
    return entity;
  }

  async #mustBeEmpty(kind: 'organization' | 'team', id: string): Promise<void> {
    const query = { [`${kind}Id`]: id, limit: 1 };
    for (const inner of ['key', 'user', 'team'] as const) {
      if (inner === kind) continue;
      const [first] = await this.#store.list(inner, query);
      if (first !== undefined)
        throw new GatewayError(
          'conflict',
          `The ${kind} still has ${inner}s, '${first.id}' for one. Delete them first.`,
        );
    }
  }

  async #secretOf(keyId: string, keyText: string, createdAtMs: number) {
    await this.#store.prepare();
    const hash = this.#store.keyedHash(keyText);
    if (hash === undefined) throw new GatewayError('storage_unavailable', 'Nothing can be kept here.');
    return { hash, keyId, createdAtMs, expiresAtMs: null };
  }
}
