/** Identifiers: a prefix that says what the thing is, then a time-ordered UUID (RFC 9562, version 7). */
export function newRequestId(): string {
  return `req_${Bun.randomUUIDv7()}`;
}

/** What the gateway keeps: `key_` and 32 hexadecimal digits, younger ones sorting after older ones. */
export function newObjectId(prefix: string): string {
  return `${prefix}_${Bun.randomUUIDv7().replaceAll('-', '')}`;
}

export function isObjectId(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-9a-f]{32}$/.test(text.slice(prefix.length + 1));
}

/** The id of what is kept nowhere, and must be the same after every start: derived from what it stands for. */
export function derivedObjectId(prefix: string, from: string): string {
  return `${prefix}_${new Bun.CryptoHasher('sha256').update(from).digest('hex').slice(0, 32)}`;
}
