/** Errors in Google's shape, `{"error":{code,message,status,details}}`, written for clients and read from upstreams. */
import type { GatewayError, UpstreamRefusal } from '../../core/errors.ts';
import { isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import { saysBadCredential } from '../google-reason.ts';

/** The canonical codes of google.rpc.Code for an HTTP status. */
const statuses: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [409, 'ABORTED'],
  [413, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

function statusName(status: number): string {
  return statuses.get(status) ?? (status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT');
}

export function writeError(error: GatewayError): JsonObject {
  const { refusal, status } = error;
  if (refusal === undefined) {
    // `reason` is where Google's clients look for a code finer than the status.
    const info = {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: error.code.toUpperCase(),
      domain: 'opengateway',
      ...(error.param !== null && { metadata: { field: error.param } }),
    };
    return { error: { code: status, message: error.message, status: statusName(status), details: [info] } };
  }
  const { message, code, type } = refusal;
  // Words of another API would be no words a Google client knows.
  if (refusal.shape !== 'gemini') return { error: { code: status, message, status: statusName(status) } };
  return {
    error: {
      code: typeof code === 'number' ? code : status,
      message,
      status: type ?? statusName(status),
      ...(refusal.rest as JsonObject),
    },
  };
}

/** Google's own shape; streams that are no events begin with an array of it. */
export function readRefusal(status: number, json: JsonValue): UpstreamRefusal | undefined {
  const [only] = Array.isArray(json) ? json : [json];
  const error = isObject(only) ? only.error : undefined;
  if (typeof error === 'string')
    return { shape: 'gemini', status, message: error, type: null, code: null, param: null, rest: {} };
  if (!isObject(error)) return undefined;
  const { code, message, status: name, ...rest } = error;
  return {
    shape: 'gemini',
    status,
    message: stringOf(message) ?? JSON.stringify(error),
    type: stringOf(name) ?? null,
    code: typeof code === 'number' || typeof code === 'string' ? code : null,
    param: null,
    rest,
    ...(saysBadCredential(rest) && { isAboutCredential: true }),
  };
}

/** `{"error":…}` where candidates were promised; its `code` is the HTTP status it should have had. */
export function readFailure(json: JsonObject): UpstreamRefusal | undefined {
  const says = json.error !== undefined && json.error !== null && json.candidates === undefined;
  return says ? readRefusal(502, json) : undefined;
}
