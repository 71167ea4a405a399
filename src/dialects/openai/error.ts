/** Errors in OpenAI's shape: `{"error":{message,type,param,code}}`, written for clients and read from upstreams. */
import type { GatewayError, UpstreamRefusal } from '../../core/errors.ts';
import { isObject, type JsonObject, stringOf } from '../../core/json.ts';

export function writeError(error: GatewayError): JsonObject {
  const refusal = error.refusal;
  if (refusal !== undefined) {
    const { message, type, param, code, rest } = refusal;
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
      status,
      message: stringOf(message) ?? JSON.stringify(error),
      type: stringOf(type) ?? null,
      param: stringOf(param) ?? null,
      code: typeof code === 'string' || typeof code === 'number' ? code : null,
      rest,
    };
  }
  const plain = stringOf(error) ?? stringOf(json.message) ?? stringOf(json.detail);
  if (plain === undefined) return undefined;
  return { status, message: plain, type: stringOf(json.type) ?? null, param: null, code: null, rest: {} };
}
