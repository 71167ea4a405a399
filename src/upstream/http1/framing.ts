/** Where the body of a reply ends, by its head (RFC 9112, section 6.3). */
import { BadReply } from './bad-reply.ts';
import type { ReplyHead } from './reply-head.ts';

/** A length in bytes; `chunked`; `close`: until the connection ends; `none` for a reply that has no body by its kind. */
export type Framing = number | 'chunked' | 'close' | 'none';

const mostDigits = 15;
const zero = 48;

/** Undefined for anything but a few digits. */
function wholeNumber(text: string): number | undefined {
  if (text === '' || text.length > mostDigits) return undefined;
  let number = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

function lengthOf(value: string): number {
  const only = wholeNumber(value);
  if (only !== undefined) return only;
  // Said more than once it must be the same each time.
  const [first = '', ...others] = value.split(',').map((part) => part.trim());
  const length = wholeNumber(first);
  if (length === undefined || others.some((other) => other !== first))
    throw new BadReply('the Content-Length is malformed');
  return length;
}

/** Throws `BadReply` for a length or coding that leaves it open. */
export function framingOf(head: ReplyHead, isHeadRequest: boolean): Framing {
  const { status } = head;
  if (isHeadRequest || status === 204 || status === 205 || status === 304) return 'none';
  const coding = head.get('transfer-encoding');
  if (coding !== null) {
    if (coding.toLowerCase() !== 'chunked') throw new BadReply('the Transfer-Encoding is not chunked');
    return 'chunked';
  }
  const length = head.get('content-length');
  return length === null ? 'close' : lengthOf(length);
}

/** Whether another request may follow on the same connection. */
export function staysOpen(head: ReplyHead, framing: Framing): boolean {
  // A 205 has no body, but what says so comes in every way there is.
  if (framing === 'close' || head.status === 205) return false;
  // Two readers could see two ends, as could one that knows no chunks: nothing may come after it.
  if (head.has('transfer-encoding') && (head.has('content-length') || head.minor === 0)) return false;
  if (!head.has('connection')) return head.minor === 1;
  if (head.says('connection', 'keep-alive')) return true;
  const connection = head.get('connection')?.toLowerCase() ?? '';
  if (/(?:^|,)\s*close\s*(?:,|$)/.test(connection)) return false;
  return head.minor === 1 || /(?:^|,)\s*keep-alive\s*(?:,|$)/.test(connection);
}
