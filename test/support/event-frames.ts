/** Event streams for tests: frames made by hand, and streams cut into pieces. */
import type { JsonObject } from '../../src/core/json.ts';
import { EventStreamDecoder, FrameWriter } from '../../src/dialects/bedrock-converse/event-stream.ts';
import type { WireEvent } from '../../src/dialects/dialect.ts';

export const maxEventBytes = 1 << 24;

/** A name and its payload; names that end in `Exception` become exception frames. */
export type Said = readonly [name: string, payload: JsonObject];

export function frameOf([name, payload]: Said): Uint8Array {
  const writer = new FrameWriter();
  return name.endsWith('Exception') ? writer.exception(name, payload) : writer.event(name, payload);
}

export function streamOf(said: readonly Said[]): Uint8Array {
  return Buffer.concat(said.map(frameOf));
}

export function wireEvents(bytes: Uint8Array): WireEvent[] {
  const decoder = new EventStreamDecoder(maxEventBytes);
  return [...decoder.push(bytes), ...decoder.end()];
}

export function saidIn(bytes: Uint8Array | string): Said[] {
  const events = wireEvents(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  return events.map(({ name = '', data }) => [name, JSON.parse(data)]);
}

/** Numbers from 0 to 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pieces(bytes: Uint8Array, random: () => number, longest = 40): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * longest);
    cut.push(bytes.slice(at, at + size));
    at += size;
  }
  return cut;
}
