/** The model in a body: it stands in the path, and where a body repeats it, both must be the same. */
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { CallHead, RequestBody, RequestChange } from '../dialect.ts';
import { resourceOf } from './speak.ts';

/** Objects inside a body that may name the model again. */
const nested = ['generateContentRequest', 'generate_content_request'];

function renamedIn(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((item) => renamedIn(item, name) ?? null);
  return isObject(value) ? rename(value, name) : value;
}

function rename(json: JsonObject, name: string): JsonObject {
  const renamed: JsonObject = { ...json };
  if (typeof json.model === 'string') renamed.model = name;
  for (const key of nested) if (json[key] !== undefined) renamed[key] = renamedIn(json[key], name);
  if (Array.isArray(json.requests)) renamed.requests = renamedIn(json.requests, name);
  return renamed;
}

/** The body with every mention of the model exchanged. */
export function rewriteJson(json: JsonObject, model: string): JsonObject {
  return rename(json, resourceOf(model));
}

function namesModel(json: JsonObject): boolean {
  return (
    json.model !== undefined || json.requests !== undefined || nested.some((key) => json[key] !== undefined)
  );
}

/** The body's own text wherever nothing in it has to change. */
export function renamedBody({ text, json }: RequestBody, head: CallHead, change: RequestChange): string {
  if (head.model === change.model || !namesModel(json)) return text;
  return JSON.stringify(rewriteJson(json, change.model));
}
