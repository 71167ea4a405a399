/** Checks on the request fields the OpenAI dialects act on, with errors that name the field as OpenAI does. */
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';

function typeName(value: JsonValue | undefined): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

export function wrongType(param: string, expected: string, value: JsonValue | undefined): GatewayError {
  const message = `Invalid type for '${param}': expected ${expected}, but got ${typeName(value)} instead.`;
  return new GatewayError('invalid_type', message, { param });
}

function missing(param: string): GatewayError {
  return new GatewayError('missing_required_parameter', `Missing required parameter: '${param}'.`, { param });
}

export function requiredString(json: JsonObject, param: string): string {
  const value = json[param];
  if (value === undefined || value === null || value === '') throw missing(param);
  if (typeof value !== 'string') throw wrongType(param, 'a string', value);
  return value;
}

/** OpenAI takes null for an absent optional flag. */
export function optionalFlag(json: JsonObject, param: string): boolean {
  const value = json[param];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw wrongType(param, 'a boolean', value);
  return value;
}

export function requiredField(json: JsonObject, param: string): JsonValue {
  const value = json[param];
  if (value === undefined || value === null) throw missing(param);
  return value;
}

export function optionalNumber(json: JsonObject, param: string): void {
  const value = json[param];
  if (value !== undefined && value !== null && typeof value !== 'number')
    throw wrongType(param, 'a number', value);
}

/** `stream_options.include_usage`, which only a stream may carry. */
export function wantsUsage(json: JsonObject): boolean {
  const options = json.stream_options;
  if (options === undefined || options === null) return false;
  if (!isObject(options)) throw wrongType('stream_options', 'an object', options);
  const include = options.include_usage;
  if (include === undefined || include === null) return false;
  if (typeof include !== 'boolean') throw wrongType('stream_options.include_usage', 'a boolean', include);
  return include;
}
