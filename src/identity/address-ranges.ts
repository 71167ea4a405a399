/** Ranges of IP addresses in CIDR notation, IPv4 and IPv6; an IPv4 address mapped into IPv6 is the IPv4 address. */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface AddressRange {
  readonly address: Address;
  readonly bits: number;
}

/** An address as sockets and proxies write it; undefined for what is none. Old spellings (octal, one number) are none. */
function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/%.*$/, '');
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.process(bare);
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address; undefined for what is none. */
export function parseRange(text: string): AddressRange | undefined {
  const [head = '', size, ...rest] = text.split('/');
  const address = parseAddress(head);
  if (address === undefined || rest.length > 0) return undefined;
  const most = address.kind() === 'ipv4' ? 32 : 128;
  if (size === undefined) return { address, bits: most };
  if (!/^\d{1,3}$/.test(size)) return undefined;
  // `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
  const bits = Number(size) - (most === 32 && head.includes(':') ? 96 : 0);
  return bits < 0 || bits > most ? undefined : { address, bits };
}

function holds(range: AddressRange, address: Address): boolean {
  return range.address.kind() === address.kind() && address.match(range.address, range.bits);
}

/** Whether every address of the inner range is one of the outer. */
export function isRangeWithin(inner: AddressRange, outer: AddressRange): boolean {
  return inner.bits >= outer.bits && holds(outer, inner.address);
}

export class AddressRanges {
  readonly #ranges: readonly AddressRange[];

  /** What is no range allows nothing. */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.flatMap((text) => parseRange(text) ?? []);
  }

  has(text: string): boolean {
    const address = parseAddress(text);
    return address !== undefined && this.#ranges.some((range) => holds(range, address));
  }
}
