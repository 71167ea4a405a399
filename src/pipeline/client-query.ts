/** The query of a client's URL as it may go on to a provider: without the caller's key. */

/** `search`: empty, or from its question mark on. */
export function withoutKey(search: string): string {
  // Looked for in the text first: a query that is passed on keeps its spelling.
  if (!/key|%/i.test(search)) return search;
  const params = new URLSearchParams(search);
  if (!params.has('key')) return search;
  params.delete('key');
  return params.size === 0 ? '' : `?${params}`;
}

/** Of a whole URL; empty where it has none, which is nearly always. */
export function clientQuery(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return '';
  const end = url.indexOf('#', start);
  return withoutKey(url.slice(start, end === -1 ? undefined : end));
}
