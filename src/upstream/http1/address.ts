/** Where a URL leads: the parts of it that a connection and a request line need. */
export interface Address {
  /** Connections to the same origin serve each other's requests: scheme, host and port. */
  readonly origin: string;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
  /** The `Host` header. */
  readonly host: string;
  /** Path and query, as in the request line. */
  readonly target: string;
}

/** Throws a TypeError for what is no URL, or neither http nor https. */
export function addressOf(text: string): Address {
  const url = new URL(text);
  const isTls = url.protocol === 'https:';
  if (!isTls && url.protocol !== 'http:')
    throw new TypeError(`the scheme '${url.protocol}' is not http or https`);
  return {
    origin: url.origin,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    isTls,
    host: url.host,
    target: url.pathname + url.search,
  };
}
