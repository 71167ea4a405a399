/** What a text rests on, between Converse's words and ours. */
import { isObject, type JsonObject, stringOf } from '../../core/json.ts';
import type { Citation } from '../../core/reply.ts';

export function readCitation(raw: JsonObject): Citation {
  const web = isObject(raw.location) && isObject(raw.location.web) ? raw.location.web : undefined;
  const url = stringOf(web?.url);
  const title = stringOf(raw.title);
  const pieces = Array.isArray(raw.sourceContent) ? raw.sourceContent : [];
  const citedText = pieces.map((piece) => (isObject(piece) ? (stringOf(piece.text) ?? '') : '')).join('');
  return {
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(citedText !== '' && { citedText }),
  };
}

export function writeCitation({ url, title, citedText }: Citation): JsonObject {
  return {
    ...(title !== undefined && { title }),
    ...(citedText !== undefined && { sourceContent: [{ text: citedText }] }),
    ...(url !== undefined && { location: { web: { url } } }),
  };
}
