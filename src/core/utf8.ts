/** UTF-8 as received: whether a lenient decoder had to invent anything. */
const replacement = '\uFFFD';
const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * Whether a text decoded leniently from `bytes` bytes says what those bytes said. A replacement character may be genuine:
 * then the text has as many bytes as came in. Costs nothing for ASCII, unlike strict decoding.
 */
export function isFaithful(text: string, bytes: number): boolean {
  return !text.includes(replacement) || Buffer.byteLength(text) === bytes;
}

/** Throws a TypeError when the bytes are not UTF-8. */
export function decodeStrictly(bytes: Uint8Array): string {
  return strict.decode(bytes);
}
