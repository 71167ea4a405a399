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
/** Kept of each. */
const marks = 3;

/** Whether `wanted`, in lower case, stands there in any case. */
function isSame(text: string, from: number, wanted: string): boolean {
  for (let at = 0; at < wanted.length; at++) {
    const code = text.charCodeAt(from + at);
    const isCapital = code >= 0x41 && code <= 0x5a;
    if ((isCapital ? code + 0x20 : code) !== wanted.charCodeAt(at)) return false;
  }
  return true;
}

export class ReplyHead implements HeaderReader {
  readonly status: number;
  /** Of HTTP/1. */
  readonly minor: number;
  readonly #text: string;
  /** Of each field where its name begins, where that ends, and where the line does: few are asked for, and cut out then. */
  readonly #fields: number[] = [];
  /** A bit for each length of a name: most of what is asked for is not there, and seen not to be by its length. */
  #lengths = 0;

  /** `text`: without the empty line, a character for each byte. Throws `BadReply`. */
  constructor(text: string) {
    if (!statusLine.test(text)) throw new BadReply('the status line is malformed');
    if (!fieldLines.test(text)) throw new BadReply('a header line is malformed');
    this.status = Number(text.slice(statusAt, statusAt + 3));
    this.minor = Number(text.charAt(minorAt));
    this.#text = text;
    for (let end = text.indexOf('\r\n'); end !== -1; ) {
      if (this.#fields.length === marks * maxFields) throw new BadReply('there are too many header lines');
      const start = end + 2;
      end = text.indexOf('\r\n', start);
      const colon = text.indexOf(':', start);
      this.#fields.push(start, colon, end === -1 ? text.length : end);
      this.#lengths |= 1 << (colon - start);
    }
  }

  /** What was said more than once comes as one list (RFC 9110, section 5.3). */
  get(name: string): string | null {
    let found: string | null = null;
    for (let at = this.#find(name, 0); at !== -1; at = this.#find(name, at + marks)) {
      const value = trimmed(this.#text, (this.#fields[at + 1] ?? 0) + 1, this.#fields[at + 2] ?? 0);
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  has(name: string): boolean {
    return this.#find(name, 0) !== -1;
  }

  /** Whether it was said once, just this, and as most write it: behind a blank. `value` in lower case. */
  says(name: string, value: string): boolean {
    const at = this.#find(name, 0);
    if (at === -1 || this.#find(name, at + marks) !== -1) return false;
    const start = (this.#fields[at + 1] ?? 0) + ': '.length;
    const end = this.#fields[at + 2] ?? 0;
    return end - start === value.length && isSame(this.#text, start, value);
  }

  /** Of the next field with this name; -1 where there is none. */
  #find(name: string, from: number): number {
    if ((this.#lengths & (1 << name.length)) === 0) return -1;
    const fields = this.#fields;
    for (let at = from; at < fields.length; at += marks) {
      const start = fields[at] ?? 0;
      if ((fields[at + 1] ?? 0) - start === name.length && isSame(this.#text, start, name)) return at;
    }
    return -1;
  }
}
