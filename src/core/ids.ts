/** Identifiers: a prefix that says what the thing is, then a time-ordered UUID (RFC 9562, version 7). */
export function newRequestId(): string {
  return `req_${Bun.randomUUIDv7()}`;
}
