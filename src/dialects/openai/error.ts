/** Errors in OpenAI's shape: `{"error":{message,type,param,code}}`, written for clients and read from upstreams. */
import type { GatewayError, UpstreamRefusal } from '../../core/errors.ts';
import { isObject, type JsonObject, stringOf } from '../../core/json.ts';
import { saysBadCredential } from '../google-reason.ts';

/** `error.type` for a status, as OpenAI's own API pairs them. */
function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

export function writeError(error: GatewayError): JsonObject {
  const refusal = error.refusal;
  if (refusal !== undefined) {
    const { message, type, param, code, rest, shape, status } = refusal;
    // Words of another API would be no words an OpenAI client knows.
    if (shape !== 'openai-chat' && shape !== 'none')
      return {
        error: { message, type: typeOf(status), param, code: typeof code === 'string' ? code : type },
      };
    return { error: { ...rest, message, type: type ?? error.kind.openaiType, param, code } as JsonObject };
  }
  return {
    error: { message: error.message, type: error.kind.openaiType, param: error.param, code: error.code },
  };
}

/** OpenAI's own shape, and what cousins send instead: `{"error":"…"}`, `{"message":"…"}`, `{"detail":"…"}`. */
export function readRefusal(status: number, json: JsonObject): UpstreamRefusal | undefined {
  const error = json.error;
  if (isObject(error)) {
    const { message, type, param, code, ...rest } = error;
    return {
      shape: 'openai-chat',
      status,
      message: stringOf(message) ?? JSON.stringify(error),
      type: stringOf(type) ?? null,
      param: stringOf(param) ?? null,
      code: typeof code === 'string' || typeof code === 'number' ? code : null,
      rest,
      ...(saysBadCredential(rest) && { isAboutCredential: true }),
    };
  }
  const plain = stringOf(error) ?? stringOf(json.message) ?? stringOf(json.detail);
  if (plain === undefined) return undefined;
  return {
    shape: 'openai-chat',
    status,
    message: plain,
    type: stringOf(json.type) ?? null,
    param: null,
    code: null,
    rest: {},
  };
}

/** `{"error":…}` where choices were promised: in a whole reply, or as an event of a stream. */
export function readFailure(json: JsonObject): UpstreamRefusal | undefined {
  const said = json.error !== undefined && json.error !== null && json.choices === undefined;
  return said ? readRefusal(502, json) : undefined;
}
