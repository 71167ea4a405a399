/** Up to where a file was written when, so that what may be written again is looked for behind that, and not in all of it. */

interface Mark {
  readonly atMs: number;
  /** Of the last entry that was there then. */
  readonly number: number;
}

/** One mark a second for an hour: what waited longer is looked for from the first entry on. */
const intervalMs = 1000;
const mostMarks = 3600;

export class WriteMarks {
  #marks: Mark[] = [];
  #nextAtMs = -Infinity;

  /** Before something is written; `nowMs` Unix time in milliseconds, `number` that of the last entry. */
  set(nowMs: number, number: number): void {
    // A clock that was set back sets no mark until it is past where it was: a moment it shows twice is the earlier one.
    if (nowMs < this.#nextAtMs) return;
    if (this.#marks.length === mostMarks) this.#marks.shift();
    this.#marks.push({ atMs: nowMs, number });
    this.#nextAtMs = nowMs + intervalMs;
  }

  /** All that was written after `atMs` has a higher number than this. */
  before(atMs: number): number {
    let number = 0;
    for (const mark of this.#marks) {
      if (mark.atMs >= atMs) break;
      number = mark.number;
    }
    return number;
  }

  /** Numbers begin anew. */
  clear(): void {
    this.#marks = [];
    this.#nextAtMs = -Infinity;
  }
}
