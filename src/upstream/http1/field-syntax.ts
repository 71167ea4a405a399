/** What the names and values of headers are made of, a character for each byte. Each is read in one pass, whatever comes. */

/** RFC 9110, section 5.6.2. */
export const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110, section 5.5: nothing that could end the line, and no character that is more than a byte. */
export const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

const space = 0x20;
const tab = 0x09;

/** What stands between, without the blanks around it: a space or a tab, for bytes of UTF-8 may look like other blanks. */
export function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

export function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}
