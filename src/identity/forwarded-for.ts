/** The client's address where proxies stand in between: the right-most that no trusted proxy has. */
import type { AddressRanges } from './address-ranges.ts';

/**
 * `forwarded`: the value of `X-Forwarded-For`, repeated headers joined by commas. Each trusted proxy has appended the address
 * it was called from; what stands left of the first untrusted one is hearsay. Undefined where a trusted proxy wrote what is
 * no address.
 */
export function clientAddress(
  connected: string,
  forwarded: string | null,
  trusted: AddressRanges,
): string | undefined {
  if (forwarded === null || !trusted.has(connected)) return connected;
  const hops = forwarded.split(',').map((hop) => withoutPort(hop.trim()));
  let client = connected;
  for (const hop of hops.reverse()) {
    client = hop;
    if (!trusted.has(hop)) break;
  }
  return isAddressLike(client) ? client : undefined;
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1];
  return bracketed ?? hop.replace(/^([\d.]+):\d+$/, '$1');
}

function isAddressLike(text: string): boolean {
  return /^[\da-fA-F.:]+$/.test(text);
}
