/** Which part of a list is asked for. */
import { GatewayError } from '../../core/errors.ts';
import { isObjectId } from '../../core/ids.ts';
import { type EntityKind, idPrefixes } from '../../identity/entity.ts';
import type { ListQuery } from '../../identity/identity-store.ts';
import { filters } from './schemas.ts';

const usual = 20;
const most = 100;

function wrong(param: string, message: string): GatewayError {
  return new GatewayError('invalid_value', message, { param });
}

/** Throws `unknown_parameter`, `duplicate_key` or `invalid_value`. */
export function readPage(kind: EntityKind, url: string): ListQuery {
  const query: { -readonly [Name in keyof ListQuery]: ListQuery[Name] } = { limit: usual };
  const { searchParams } = new URL(url);
  for (const [param, value] of searchParams) {
    if (searchParams.getAll(param).length > 1)
      throw new GatewayError('duplicate_key', `The query names '${param}' more than once.`, { param });
    // The caller's own key, where it comes this way.
    if (param === 'key') continue;
    const filter = filters[kind].find((name) => name === param);
    if (filter !== undefined) {
      const of = filter.slice(0, -3) as EntityKind;
      if (!isObjectId(idPrefixes[of], value)) throw wrong(param, `'${param}' is no id of a ${of}.`);
      query[`${of}Id` as 'teamId'] = value;
    } else if (param === 'limit') {
      query.limit = Number(value);
      if (!/^\d{1,3}$/.test(value) || query.limit < 1 || query.limit > most)
        throw wrong(param, `'limit' must be a whole number from 1 to ${most}.`);
    } else if (param === 'cursor') {
      if (!isObjectId(idPrefixes[kind], value)) throw wrong(param, "'cursor' is not one a list has given.");
      query.before = value;
    } else throw new GatewayError('unknown_parameter', `Unknown parameter: '${param}'.`, { param });
  }
  return query;
}
