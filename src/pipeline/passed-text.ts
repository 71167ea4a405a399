/**
 * How much a stream has said, for those whose upstream never tells: its bytes are counted, a few of its chunks are kept, and
 * what share of those is text is taken for that of all.
 */
import { textTokens } from '../ledger/estimate.ts';

/** The chunks that are kept, counted from one: early and late, and few. */
const keptChunks: ReadonlySet<number> = new Set([1, 2, 8, 64]);

/** Of each. */
const keptBytes = 4096;

/** Where the APIs here have what a model writes. */
const written =
  /"(?:text|content|delta|arguments|partial_json|thinking|reasoning|reasoning_content|refusal)": ?"((?:[^"\\]|\\.)*)"/g;

function textBytesIn(json: string): number {
  let bytes = 0;
  for (const [, text = ''] of json.matchAll(written)) bytes += text.length;
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
