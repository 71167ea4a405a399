/** Requests of administration checked against their schema: strict, and the first fault named by its field. */
import type { TObject } from '@sinclair/typebox';
import { Value, ValueErrorType } from '@sinclair/typebox/value';
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseRange } from '../../identity/address-ranges.ts';

/** RFC 3339, section 5.6: a time without its zone is none. */
const timestamp =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Milliseconds since 1970. Throws `invalid_value`. */
export function readTime(text: string, param: string): number {
  const ms = timestamp.test(text) ? Date.parse(text) : Number.NaN;
  // `2026-02-31` is a date for the parser, which takes the third of March for it.
  const [year = 0, month = 1, day = 1] = text.split(/[-Tt]/).map(Number);
  if (Number.isNaN(ms) || new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day)
    throw new GatewayError('invalid_value', `'${param}' must be a time such as 2030-01-31T00:00:00Z.`, {
      param,
    });
  return ms;
}

function paramOf(path: string): string {
  return path
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.');
}

/** Throws `unknown_parameter`, `missing_required_parameter`, `invalid_type` or `invalid_value`. */
export function checkBody(schema: TObject, body: JsonObject): void {
  for (const param of Object.keys(body))
    if (!Object.hasOwn(schema.properties, param))
      throw new GatewayError('unknown_parameter', `Unknown parameter: '${param}'.`, { param });
  for (const param of schema.required ?? [])
    if (!Object.hasOwn(body, param))
      throw new GatewayError('missing_required_parameter', `Missing required parameter: '${param}'.`, {
        param,
      });
  const fault = firstFault(schema, body);
  if (fault !== undefined) throw fault;
  for (const [at, range] of (Array.isArray(body.allowed_ips) ? body.allowed_ips : []).entries())
    if (parseRange(String(range)) === undefined)
      throw new GatewayError(
        'invalid_value',
        `'allowed_ips[${at}]' is no address and no CIDR range such as 10.0.0.0/8.`,
        {
          param: `allowed_ips[${at}]`,
        },
      );
}

function firstFault(schema: TObject, body: JsonObject): GatewayError | undefined {
  // The union of a schema and null says nothing of what is wrong inside: then the schema itself is asked.
  for (const [param, property] of Object.entries(schema.properties)) {
    const value = body[param];
    if (!Object.hasOwn(body, param) || (value === null && Value.Check(property, null))) continue;
    const choices = property.anyOf as (typeof property)[] | undefined;
    const inner = choices?.length === 2 && choices[1]?.type === 'null' ? (choices[0] ?? property) : property;
    const { format: _, ...asked } = inner;
    const error = Value.Errors(asked as typeof property, value).First();
    if (error === undefined) continue;
    const field = paramOf(`/${param}${error.path}`);
    const isType = /^Expected (?:string|array|object|boolean|integer|number|null)$/i.test(error.message);
    const code = isType && error.type !== ValueErrorType.Union ? 'invalid_type' : 'invalid_value';
    return new GatewayError(code, `Invalid '${field}': ${error.message.toLowerCase()}.`, { param: field });
  }
  return undefined;
}
