/** The text of a virtual key: how one is drawn, and what one looks like. adr/0001. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const length = 32;

const pattern = /^sk-og-(?:test-)?[A-Za-z0-9]{32}$/;
/** The same inside a longer text, for whatever has to hide it. */
const inside = /sk-og-(?:test-)?[A-Za-z0-9]{32}/g;

export function isKeyText(text: string): boolean {
  return pattern.test(text);
}

/** The text without any virtual key that stands in it. */
export function scrubKeys(text: string): string {
  return text.includes('sk-og-') ? text.replaceAll(inside, '[redacted]') : text;
}

/** Enough to tell keys apart by, and too little to guess one from. */
export function hintOf(text: string): string {
  return `${text.slice(0, -length)}…${text.slice(-4)}`;
}

export function isTestKey(text: string): boolean {
  return text.startsWith('sk-og-test-');
}

/** 190 bits from a cryptographic source. */
export function newKeyText(isTest: boolean): string {
  let text = '';
  while (text.length < length)
    // Bytes beyond the last whole multiple of the alphabet would favour its beginning.
    for (const byte of crypto.getRandomValues(new Uint8Array(length)))
      if (byte < 248 && text.length < length) text += alphabet[byte % alphabet.length];
  return `sk-og-${isTest ? 'test-' : ''}${text}`;
}
