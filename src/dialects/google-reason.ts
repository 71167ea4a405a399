/** Google's finer word for an error, whichever of the dialects it speaks says it: `reason` in a `google.rpc.ErrorInfo`. */
import { isObject, type JsonObject } from '../core/json.ts';

/** Reasons of google.api.ErrorReason that speak of a key or token. A bad key is a 400 like any other there. */
const credentialReasons = /^(?:API_KEY_|ACCESS_TOKEN_|CREDENTIALS_MISSING$)/;

export function saysBadCredential({ details }: JsonObject): boolean {
  return (
    Array.isArray(details) &&
    details.some(
      (detail) =>
        isObject(detail) && typeof detail.reason === 'string' && credentialReasons.test(detail.reason),
    )
  );
}
