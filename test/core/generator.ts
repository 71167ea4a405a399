/** A seeded source of chance, so that a random test that fails once fails again. */
import type { JsonObject, JsonValue } from '../../src/core/json.ts';

const nasty = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\n',
  '\t',
  '\u0001',
  '\u2028',
  'é',
  '漢',
  '😀',
  '\uFFFD',
];
const words = [
  'model',
  '"model":',
  '{"model":"x"}',
  'stream_options',
  '\\"',
  '\\\\',
  'usage',
  '[DONE]',
  ' ',
  'a',
];

export class Generator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Mulberry32: from 0 up to but not including 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  text(): string {
    return Array.from({ length: this.below(6) }, () => this.pick(this.chance(0.5) ? nasty : words)).join('');
  }

  json(depth: number): JsonValue {
    const kind = this.below(depth > 0 ? 7 : 5);
    if (kind === 0) return null;
    if (kind === 1) return this.chance(0.5);
    if (kind === 2) return this.pick([0, -1, 1.5, 1e21, -2.5e-9, 123456789]);
    if (kind <= 4) return this.text();
    const size = this.below(4);
    if (kind === 5) return Array.from({ length: size }, () => this.json(depth - 1));
    return this.object(depth - 1, size);
  }

  object(depth: number, size: number): JsonObject {
    return Object.fromEntries(Array.from({ length: size }, () => [this.text(), this.json(depth)]));
  }

  /** JSON text with white space wherever the grammar allows some. */
  spaced(value: JsonValue | undefined): string {
    const gap = () => (this.chance(0.3) ? this.pick([' ', '\n', '\t', '\r\n  ']) : '');
    const around = (text: string) => `${gap()}${text}${gap()}`;
    if (Array.isArray(value)) return `[${value.map((item) => around(this.spaced(item))).join(',') || gap()}]`;
    if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value).map(
        ([key, item]) => `${around(JSON.stringify(key))}:${around(this.spaced(item))}`,
      );
      return `{${members.join(',') || gap()}}`;
    }
    return JSON.stringify(value);
  }

  /** The bytes cut at random places; pieces may be empty. */
  cut(bytes: Uint8Array, pieces: number): Uint8Array[] {
    const at = Array.from({ length: pieces - 1 }, () => this.below(bytes.length + 1)).sort((a, b) => a - b);
    return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
  }
}

/** Every way to cut the bytes in two. */
export function everySplit(bytes: Uint8Array): [Uint8Array, Uint8Array][] {
  return Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
}
