/** What a client of any dialect has heard: an error, an answer, or a stream, free of the dialect's spelling. */
import { expect } from 'bun:test';
import { createParser } from 'eventsource-parser';

export interface HeardError {
  readonly message: string;
  /** The dialect's own word for the kind. */
  readonly type: string | null;
}

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  /** One byte a character. */
  readonly text: string;
  readonly isStream: boolean;
  /** Every event, or the one JSON of a whole reply. */
  readonly events: readonly unknown[];
  /** All text put together. */
  readonly content: string;
  readonly error: HeardError | undefined;
  /** The reply said that it was complete. */
  readonly isComplete: boolean;
}

/** What the events of a dialect say. */
export type Said = Pick<Heard, 'content' | 'error' | 'isComplete'>;

type Fields = Record<string, unknown>;

/** An inner value by its path; undefined where something on the way is missing. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Fields)[key] : undefined),
    value,
  );
}

export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

export interface SseEvent {
  readonly name: string | undefined;
  readonly data: string;
}

/** Every event; fails when the text breaks off within one, or has lines that are none of an event's. */
export function sseEvents(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => void events.push({ name: event, data }),
    onError: (error) => {
      if (error.type !== 'unknown-field') throw error;
    },
  });
  parser.feed(text);
  if (text !== '') expect(text.slice(-4)).toMatch(/(\n\n|\r\r|\r\n\r\n)$/);
  return events;
}

/** One frame after another, each with its lengths and both checksums right; the headers by name, the payload as text. */
export function frames(bytes: Buffer): { headers: Readonly<Record<string, string>>; payload: string }[] {
  const found: { headers: Record<string, string>; payload: string }[] = [];
  for (let start = 0; start < bytes.length; ) {
    const size = bytes.readUInt32BE(start);
    const frame = bytes.subarray(start, start + size);
    expect(frame.length).toBe(size);
    expect(Bun.hash.crc32(frame.subarray(0, 8))).toBe(frame.readUInt32BE(8));
    expect(Bun.hash.crc32(frame.subarray(0, -4))).toBe(frame.readUInt32BE(size - 4));
    const bodyAt = 12 + frame.readUInt32BE(4);
    const headers: Record<string, string> = {};
    for (let here = 12; here < bodyAt; ) {
      const nameEnd = here + 1 + (frame[here] ?? 0);
      const name = frame.toString('utf8', here + 1, nameEnd);
      expect(frame[nameEnd]).toBe(7);
      const valueAt = nameEnd + 3;
      here = valueAt + frame.readUInt16BE(nameEnd + 1);
      headers[name] = frame.toString('utf8', valueAt, here);
    }
    found.push({ headers, payload: frame.toString('utf8', bodyAt, size - 4) });
    start += size;
  }
  return found;
}
