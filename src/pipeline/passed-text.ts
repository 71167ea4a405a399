/**
 * How much a stream has said, for those whose upstream never tells: its bytes are counted, a few of its chunks are kept, and
 * what share of those is text is taken for that of all.
 */
import { textTokens } from '../ledger/estimate.ts';

/** The chunks that are kept, counted from one: early and late, and few. */
const keptChunks: ReadonlySet<number> = new Set([1, 2, 8, 64]);

/** Of each. */
const keptBytes = 4096;

/** Where the APIs here have what a model writes. A quote inside a text is escaped, so that nothing a text says looks like this. */
const opening =
  /"(?:text|content|delta|arguments|partial_json|thinking|reasoning|reasoning_content|refusal)": ?"/g;

/** Where a JSON string ends; -1 for one that is cut. A pattern for it all would fail on long texts. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start); at !== -1; at = json.indexOf('"', at + 1)) {
    let slashes = 0;
    while (json[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

function textBytesIn(json: string): number {
  let bytes = 0;
  for (const { 0: found, index } of json.matchAll(opening)) {
    const start = index + found.length;
    const end = endOfString(json, start);
    bytes += (end === -1 ? json.length : end) - start;
  }
  return bytes;
}

/** Tokens a model wrote in a whole reply. */
export function writtenTokens(json: string): number {
  return textTokens(textBytesIn(json));
}

export class PassedText {
  #bytes = 0;
  #chunks = 0;
  readonly #kept: Uint8Array[] = [];

  note(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    // A copy: the chunk may be part of something larger, and streams are many.
    if (keptChunks.has(++this.#chunks)) this.#kept.push(Uint8Array.prototype.slice.call(chunk, 0, keptBytes));
  }

  get tokens(): number {
    // A character stands for a byte.
    const kept = Buffer.concat(this.#kept).toString('latin1');
    return kept === '' ? 0 : textTokens((this.#bytes * textBytesIn(kept)) / kept.length);
  }
}
