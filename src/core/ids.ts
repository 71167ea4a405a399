/** Identifiers: a prefix that says what the thing is, then a time-ordered UUID (RFC 9562, version 7) in hex. */
export function newRequestId(): string {
  return `req_${Bun.randomUUIDv7('hex').replaceAll('-', '')}`;
}

export function newReplyId(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().replaceAll('-', '')}`;
}
