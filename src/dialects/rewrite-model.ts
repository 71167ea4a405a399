/** Exchanges the model name in a request's own text; nothing else moves. */
import { applyEdits, type Edit } from '../core/json-outline.ts';
import type { CallHead, RequestBody, RequestChange } from './dialect.ts';

/** The top-level key whose place in the text the exchange needs. */
export const rewrittenKeys: ReadonlySet<string> = new Set(['model']);

/** None when the name is the same already; undefined when the key is spelled with escapes, which have no place. */
export function modelEdits(
  { outline }: RequestBody,
  head: CallHead,
  { model }: RequestChange,
): Edit[] | undefined {
  if (model === head.model) return [];
  const span = outline.spans.get('model');
  return span === undefined ? undefined : [{ ...span, text: JSON.stringify(model) }];
}

export function rewriteModel(body: RequestBody, head: CallHead, change: RequestChange): string {
  const edits = modelEdits(body, head, change);
  if (edits === undefined) return JSON.stringify({ ...body.json, model: change.model });
  return edits.length === 0 ? body.text : applyEdits(body.text, edits);
}
