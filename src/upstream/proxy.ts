/** The proxy the environment asks for. `fetch` looks by itself; a WebSocket has to be told. */
type Environment = Readonly<Record<string, string | undefined>>;

function read(environment: Environment, name: string): string | undefined {
  const value = environment[name.toLowerCase()] ?? environment[name];
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

/** Names stand for themselves and all below them, with or without a leading dot; `*` for every host. */
function isExempt({ hostname, host }: URL, exempt: string): boolean {
  return exempt
    .split(',')
    .map((entry) =>
      entry
        .trim()
        .toLowerCase()
        .replace(/^\*?\./, ''),
    )
    .some(
      (entry) =>
        entry !== '' &&
        (entry === '*' || entry === host || entry === hostname || hostname.endsWith(`.${entry}`)),
    );
}

/** For an address that begins with `http:` or `https:`. */
export function proxyFor(url: string, environment: Environment): string | undefined {
  const address = new URL(url);
  const proxy = read(environment, address.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === undefined || isExempt(address, read(environment, 'NO_PROXY') ?? '')) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}
