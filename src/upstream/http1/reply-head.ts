/** The head of a reply: status line and fields (RFC 9112, sections 4 and 5), read strictly. */
import type { HeaderReader } from '../../core/header-reader.ts';
import { BadReply } from './bad-reply.ts';
import { trimmed } from './field-syntax.ts';

const statusLine = /^HTTP\/1\.[01] [1-9][0-9][0-9](?: [\t\x20-\x7e\x80-\xff]*)?(?:\r\n|$)/;
const minorAt = 7;
const statusAt = 9;
/** No blank before the colon, no line that continues the one before. One pass: no two parts can take the same character. */
const fieldLines = /^[^\r]*(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*)*$/;

/** None has a use for more; looking at each costs. */
const maxFields = 256;

export class ReplyHead implements HeaderReader {
  readonly status: number;
  /** Of HTTP/1. */
  readonly minor: number;
  /** Names in lower case, each followed by its value: few are asked for, and putting all into a map costs four times as much. */
  readonly #fields: string[] = [];

  /** `text`: without the empty line, a character for each byte. Throws `BadReply`. */
  constructor(text: string) {
    if (!statusLine.test(text)) throw new BadReply('the status line is malformed');
    if (!fieldLines.test(text)) throw new BadReply('a header line is malformed');
    this.status = Number(text.slice(statusAt, statusAt + 3));
    this.minor = Number(text.charAt(minorAt));
    const names = text.toLowerCase();
    for (let end = text.indexOf('\r\n'); end !== -1; ) {
      if (this.#fields.length === 2 * maxFields) throw new BadReply('there are too many header lines');
      const start = end + 2;
      end = text.indexOf('\r\n', start);
      const colon = text.indexOf(':', start);
      this.#fields.push(names.slice(start, colon), trimmed(text, colon + 1, end === -1 ? text.length : end));
    }
  }

  /** What was said more than once comes as one list (RFC 9110, section 5.3). */
  get(name: string): string | null {
    let found: string | null = null;
    for (let at = 0; at < this.#fields.length; at += 2)
      if (this.#fields[at] === name) {
        const value = this.#fields[at + 1] ?? '';
        found = found === null ? value : `${found}, ${value}`;
      }
    return found;
  }

  has(name: string): boolean {
    for (let at = 0; at < this.#fields.length; at += 2) if (this.#fields[at] === name) return true;
    return false;
  }
}
