/** UTF-8 as received: whether a lenient decoder had to invent anything. */
const replacement = '\uFFFD';
const strict = new TextDecoder('utf-8', { fatal: true });

const byteOrderMark = 3;

/**
 * Whether a text decoded leniently from `bytes` bytes says what those bytes said. A replacement character may be genuine:
 * then the text has as many bytes as came in, but for a byte order mark. One fault has the same length and passes as
 * U+FFFD, as in any lenient reader: a four-byte character cut to three. Costs nothing for ASCII, unlike strict decoding.
 */
export function isFaithful(text: string, bytes: number): boolean {
  if (!text.includes(replacement)) return true;
  const length = Buffer.byteLength(text);
  return length === bytes || length + byteOrderMark === bytes;
}

/** Throws a TypeError when the bytes are not UTF-8. */
export function decodeStrictly(bytes: Uint8Array): string {
  return strict.decode(bytes);
}
