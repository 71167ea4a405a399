/**
 * Cuts a byte stream of server-sent events at event boundaries without parsing it: what is released is always whole
 * events, so a comment or an error can be put between them and a client never sees half of one.
 *
 * Line ends may be LF, CRLF or CR (WHATWG HTML, section 9.2.6), and a boundary may fall across two chunks.
 */
const lf = 0x0a;
const cr = 0x0d;
const boundaries = ['\n\n', '\r\n\r\n', '\n\r\n', '\r\r', '\n\r'].map((text) => Buffer.from(text, 'latin1'));
/** The longest boundary less one: how much of the past a boundary can reach back into. */
const reach = 3;

export class EventTooLarge extends Error {}

function endsEvent(bytes: Uint8Array): boolean {
  const size = bytes.length;
  if (size < 2 || bytes[size - 1] !== lf) return false;
  const before = bytes[size - 2];
  return before === lf || (before === cr && size > 2 && bytes[size - 3] === lf);
}

/** Where the last whole event in the bytes ends; 0 when none does. */
function lastBoundary(bytes: Uint8Array): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  for (const boundary of boundaries) {
    const at = view.lastIndexOf(boundary);
    if (at !== -1) end = Math.max(end, at + boundary.length);
  }
  // A CR at the very end may be half of a CRLF.
  return end === bytes.length && bytes[end - 1] === cr ? lastBoundaryBefore(view, end - 1) : end;
}

function lastBoundaryBefore(view: Buffer, limit: number): number {
  return limit === 0 ? 0 : lastBoundary(view.subarray(0, limit));
}

export class EventHold {
  readonly #maxBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whole events, as far as they are complete. Throws `EventTooLarge`. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#heldBytes === 0 && endsEvent(chunk)) return chunk;
    const past = this.#pastBytes();
    const seen = past.length === 0 ? chunk : Buffer.concat([past, chunk]);
    const boundary = lastBoundary(seen);
    const end = boundary - past.length;
    if (end <= 0) {
      // A CR that ended the past has turned out to end an event: what came before the chunk is whole.
      const released = boundary > 0 ? this.#releaseHeld(end) : undefined;
      this.#hold(chunk);
      return released;
    }
    const released = Buffer.concat([...this.#held, chunk.subarray(0, end)]);
    this.#held = [];
    this.#heldBytes = 0;
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return released;
  }

  /** What is left when the stream ends: an event that was never finished, or nothing. */
  rest(): Uint8Array {
    return Buffer.concat(this.#held);
  }

  /** Everything held but the last `-end` bytes, which stay. */
  #releaseHeld(end: number): Uint8Array {
    const all = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    if (end < 0) this.#hold(all.subarray(all.length + end));
    return all.subarray(0, all.length + end);
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#maxBytes) throw new EventTooLarge();
  }

  #pastBytes(): Uint8Array {
    if (this.#heldBytes === 0) return new Uint8Array(0);
    const last = this.#held.at(-1) ?? new Uint8Array(0);
    if (last.length >= reach) return last.subarray(-reach);
    return Buffer.concat(this.#held.slice(-reach)).subarray(-reach);
  }
}
