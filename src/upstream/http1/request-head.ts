/** The head of a request, as it goes over the wire. */
import type { Address } from './address.ts';

/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110, section 5.5: nothing that could end the line, and no character that is more than a byte. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Written by the client itself, whatever it is asked to send. */
const ownFields: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection']);

/**
 * All of the head but how long the body is, and the empty line. Throws a TypeError for a name or value that has no place in a
 * header: what a client or a file says could otherwise write headers, or whole requests, of its own.
 */
export function requestHead(
  { host, target }: Address,
  method: string,
  headers: Readonly<Record<string, string>>,
): string {
  let head = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (ownFields.has(name)) continue;
    if (!token.test(name)) throw new TypeError(`'${name}' is no name of a header`);
    if (!fieldValue.test(value))
      throw new TypeError(`the header '${name}' has a value that no header can have`);
    head += `${name}: ${value}\r\n`;
  }
  return head;
}
