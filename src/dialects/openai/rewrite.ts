/** Exchanges the model name in a request's own text, and asks for usage at the end of a stream; nothing else moves. */
import { isObject, type JsonObject } from '../../core/json.ts';
import { applyEdits } from '../../core/json-outline.ts';
import type { CallHead, RequestBody, RequestChange } from '../dialect.ts';
import { modelEdits } from '../rewrite-model.ts';

/** The top-level keys whose place in the text a rewrite needs. */
export const rewrittenKeys: ReadonlySet<string> = new Set(['model', 'stream_options']);

function withUsage(options: unknown): JsonObject {
  return { ...(isObject(options) ? options : {}), include_usage: true };
}

export function rewriteRequest(body: RequestBody, head: CallHead, change: RequestChange): string {
  const { text, outline, json } = body;
  const edits = modelEdits(body, head, change);
  // A key spelled with escapes has no span; then the whole body is written anew.
  if (edits === undefined) return JSON.stringify(rewriteJson(json, change));
  if (change.askForUsage) {
    const span = outline.spans.get('stream_options');
    if (span !== undefined) edits.push({ ...span, text: JSON.stringify(withUsage(json.stream_options)) });
    else if (Object.hasOwn(json, 'stream_options')) return JSON.stringify(rewriteJson(json, change));
    else
      edits.push({
        start: outline.closingBrace,
        end: outline.closingBrace,
        text: ',"stream_options":{"include_usage":true}',
      });
  }
  return edits.length === 0 ? text : applyEdits(text, edits);
}

/** The same change on parsed JSON. */
export function rewriteJson(json: JsonObject, change: RequestChange): JsonObject {
  const changed: JsonObject = { ...json, model: change.model };
  if (change.askForUsage) changed.stream_options = withUsage(json.stream_options);
  return changed;
}
