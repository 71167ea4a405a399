/** Errors in Anthropic's shape: `{"type":"error","error":{"type","message"}}`, written for clients and read from upstreams. */
import type { GatewayError, UpstreamRefusal } from '../../core/errors.ts';
import { isObject, type JsonObject, stringOf } from '../../core/json.ts';

/** Each type with its status, as Anthropic's API pairs them; the first type of a status is the one written. */
const types: readonly (readonly [string, number])[] = [
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['timeout_error', 408],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['overloaded_error', 529],
  ['overloaded_error', 503],
  ['timeout_error', 504],
];

function typeOf(status: number): string {
  const known = types.find(([, paired]) => paired === status);
  return known?.[0] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** An upstream that fails in mid-stream, or under a status that claims success, tells its status by the type alone. */
function statusOf(type: string | undefined): number {
  return types.find(([known]) => known === type)?.[1] ?? 502;
}

export function writeError(error: GatewayError): JsonObject {
  const { refusal, status } = error;
  if (refusal?.shape === 'anthropic-messages' && refusal.type !== null) {
    const { error: more, ...beside } = refusal.rest as JsonObject;
    const inner = { ...(isObject(more) ? more : {}), type: refusal.type, message: refusal.message };
    return { ...beside, type: 'error', error: inner };
  }
  return { type: 'error', error: { type: typeOf(status), message: refusal?.message ?? error.message } };
}

/** Anthropic's own shape, and what others in front of it send: `{"message"}`, `{"error":"…"}`, `{"detail"}`. */
export function readRefusal(status: number, json: JsonObject): UpstreamRefusal | undefined {
  const { type: outer, error, ...beside } = json;
  const shape = 'anthropic-messages';
  if (isObject(error)) {
    const { type, message, ...more } = error;
    const rest: JsonObject = { ...beside, ...(Object.keys(more).length > 0 && { error: more }) };
    const code = stringOf(type) ?? null;
    const text = stringOf(message) ?? JSON.stringify(error);
    const isAboutCredential = code === 'authentication_error';
    const about = isAboutCredential ? { isAboutCredential } : {};
    return { shape, status, message: text, type: code, code, param: null, rest, ...about };
  }
  const plain = stringOf(error) ?? stringOf(json.message) ?? stringOf(json.Message) ?? stringOf(json.detail);
  if (plain === undefined) return undefined;
  return { shape, status, message: plain, type: null, code: null, param: null, rest: {} };
}

/** An error where a message was promised: as a whole reply, or as an event of a stream. */
export function readFailure(json: JsonObject): UpstreamRefusal | undefined {
  const said = json.type === 'error' || (isObject(json.error) && json.type !== 'message');
  if (!said) return undefined;
  const status = statusOf(isObject(json.error) ? stringOf(json.error.type) : undefined);
  return (
    readRefusal(status, json) ?? {
      shape: 'anthropic-messages',
      status,
      message: 'The provider sent an error without a message.',
      type: 'api_error',
      code: 'api_error',
      param: null,
      rest: {},
    }
  );
}
