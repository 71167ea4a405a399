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

/** What an inference API reads from its query. Anything else could mean something to a server that was not asked. */
const known: ReadonlySet<string> = new Set(['beta']);

/** What of a whole URL's query goes on with an inference call; empty where there is none, which is nearly always. */
export function clientQuery(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return '';
  const end = url.indexOf('#', start);
  const asked = new URLSearchParams(url.slice(start, end === -1 ? undefined : end));
  const passed = new URLSearchParams([...asked].filter(([name]) => known.has(name)));
  return passed.size === 0 ? '' : `?${passed}`;
}
