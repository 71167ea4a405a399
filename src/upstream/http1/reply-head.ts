/** The head of a reply: status line and fields (RFC 9112, sections 4 and 5), read strictly. */
import type { HeaderReader } from '../../core/header-reader.ts';
import { BadReply } from './bad-reply.ts';
import { headText, token, trimmed } from './field-syntax.ts';

const statusLine = /^HTTP\/1\.[01] [1-9][0-9][0-9](?: |$)/;
const minorAt = 7;
const statusAt = 9;

/** None has a use for more; looking at each costs. */
const maxFields = 256;

export class ReplyHead implements HeaderReader {
  readonly status: number;
  /** Of HTTP/1. */
  readonly minor: number;
  readonly #fields = new Map<string, string>();

  /** `text`: without the empty line, a character for each byte. Throws `BadReply`. */
  constructor(text: string) {
    if (!headText.test(text)) throw new BadReply('a status line or header line holds what none may');
    let end = text.indexOf('\r\n');
    if (!statusLine.test(end === -1 ? text : text.slice(0, end)))
      throw new BadReply('the status line is malformed');
    this.status = Number(text.slice(statusAt, statusAt + 3));
    this.minor = Number(text.charAt(minorAt));
    for (let fields = 1; end !== -1; fields++) {
      if (fields > maxFields) throw new BadReply('there are too many header lines');
      const start = end + 2;
      end = text.indexOf('\r\n', start);
      this.#take(text, start, end === -1 ? text.length : end);
    }
  }

  get(name: string): string | null {
    return this.#fields.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  #take(text: string, start: number, end: number): void {
    const colon = text.indexOf(':', start);
    const name = colon === -1 || colon > end ? '' : text.slice(start, colon);
    // No blank before the colon, no line that continues the one before.
    if (!token.test(name)) throw new BadReply('a header line is malformed');
    const value = trimmed(text, colon + 1, end);
    const key = name.toLowerCase();
    const before = this.#fields.get(key);
    this.#fields.set(key, before === undefined ? value : `${before}, ${value}`);
  }
}
