/** Nobody grants more than they have: what is granted lies within every restriction of whoever grants it. */
import { GatewayError } from '../core/errors.ts';
import { matchesModel } from '../routing/model-pattern.ts';
import type { Level } from './access.ts';
import type { Actor } from './actor.ts';
import { isRangeWithin, parseRange } from './address-ranges.ts';
import type { Restrictions } from './entity.ts';

type List = keyof Restrictions;
export const restrictionFields: readonly List[] = ['models', 'providers', 'endpoints', 'allowedIps'];

/** A pattern is within another that matches its text: the inner one's `*` is then covered by one of the outer's. */
function covers(field: List, outer: string, inner: string): boolean {
  if (field !== 'allowedIps') return matchesModel(outer, inner);
  const [outerRange, innerRange] = [parseRange(outer), parseRange(inner)];
  return outerRange !== undefined && innerRange !== undefined && isRangeWithin(innerRange, outerRange);
}

function isWithin(field: List, granted: readonly string[] | null, { restrictions }: Level): boolean {
  const own = restrictions[field];
  if (own === null) return true;
  return granted?.every((inner) => own.some((outer) => covers(field, outer, inner))) ?? false;
}

export function refusal(field: string): GatewayError {
  const param = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return new GatewayError('permission_denied', `You cannot grant more than you have: '${param}'.`, { param });
}

/**
 * `above`: ids whose restrictions hold for what is granted anyway. Throws `permission_denied`.
 */
export function checkList(
  actor: Actor,
  field: List,
  granted: readonly string[] | null,
  above: ReadonlySet<string>,
): void {
  for (const level of actor.levels)
    if (!above.has(level.id) && !isWithin(field, granted, level)) throw refusal(field);
}

/** Throws `permission_denied`. */
export function checkExpiry({ expiresAtMs }: Actor, granted: number | null): void {
  if (expiresAtMs !== null && (granted === null || granted > expiresAtMs))
    throw refusal('expiresAtMs'.slice(0, -2));
}

/** What is granted where nothing is said: as much as the actor has. */
export function defaultList(actor: Actor, field: List, above: ReadonlySet<string>): readonly string[] | null {
  const level = actor.levels.find(({ id, restrictions }) => !above.has(id) && restrictions[field] !== null);
  return level?.restrictions[field] ?? null;
}
