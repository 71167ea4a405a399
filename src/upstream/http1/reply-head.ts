/** The head of a reply: status line and fields (RFC 9112, sections 4 and 5), read strictly. */
import type { HeaderReader } from '../../core/header-reader.ts';
import { BadReply } from './bad-reply.ts';

const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** No blank before the colon, no line that continues the one before. */
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;

/** None has a use for more; looking at each costs. */
const maxFields = 256;

export class ReplyHead implements HeaderReader {
  readonly status: number;
  /** Of HTTP/1. */
  readonly minor: number;
  readonly #fields = new Map<string, string>();

  /** `text`: without the empty line, a character for each byte. Throws `BadReply`. */
  constructor(text: string) {
    let end = text.indexOf('\r\n');
    const [, minor, status] = statusLine.exec(end === -1 ? text : text.slice(0, end)) ?? [];
    if (status === undefined) throw new BadReply('the status line is malformed');
    this.status = Number(status);
    this.minor = Number(minor);
    for (let fields = 1; end !== -1; fields++) {
      if (fields > maxFields) throw new BadReply('there are too many header lines');
      const start = end + 2;
      end = text.indexOf('\r\n', start);
      this.#take(end === -1 ? text.slice(start) : text.slice(start, end));
    }
  }

  get(name: string): string | null {
    return this.#fields.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  #take(line: string): void {
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new BadReply('a header line is malformed');
    const key = name.toLowerCase();
    const before = this.#fields.get(key);
    const said = value.trimEnd();
    this.#fields.set(key, before === undefined ? said : `${before}, ${said}`);
  }
}
