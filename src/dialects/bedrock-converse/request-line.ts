/** The request line of Converse, which names the model and says whether the reply is streamed. */
import type { RequestLine } from '../dialect.ts';

/** The id may hold colons and slashes, percent-encoded or, from careless clients, bare. */
const line = /^\/model\/(.+)\/(converse|converse-stream)$/;

/** Path of any URL or request target, without query or fragment. */
const target = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)/i;

/** Undefined for any other path, or for an id whose escapes are no UTF-8. */
export function readBedrockLine(url: string): RequestLine | undefined {
  const [, id, operation] = line.exec(target.exec(url)?.[1] ?? '') ?? [];
  if (id === undefined) return undefined;
  try {
    return { model: decodeURIComponent(id), stream: operation === 'converse-stream' };
  } catch {
    return undefined;
  }
}

/** Each byte the SDKs escape is escaped, once: what is sent is what is signed. */
function escapeId(id: string): string {
  return encodeURIComponent(id).replaceAll(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function bedrockPath(model: string, operation: string): string {
  return `/model/${escapeId(model)}/${operation}`;
}
