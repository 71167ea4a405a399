/** Gemini's signature of a tool call, where Google's own endpoint for OpenAI Chat puts it: `extra_content.google`. */
import { isObject, type JsonObject } from '../../core/json.ts';

export function signatureIn(fields: JsonObject): string | undefined {
  const extra = fields.extra_content;
  const google = isObject(extra) ? extra.google : undefined;
  const signature = isObject(google) ? google.thought_signature : undefined;
  return typeof signature === 'string' ? signature : undefined;
}

/** Undefined leaves the seat. */
export function replaceSignature(fields: JsonObject, signature: string | undefined): void {
  const extra = isObject(fields.extra_content) ? fields.extra_content : {};
  const google = isObject(extra.google) ? extra.google : {};
  fields.extra_content = { ...extra, google: { ...google, thought_signature: signature } };
}

export function putSignature(fields: JsonObject, signature: string | undefined): void {
  if (signature !== undefined) replaceSignature(fields, signature);
}
