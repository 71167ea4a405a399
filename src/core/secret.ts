/** A value that must never be seen: whatever prints, logs or serialises it gets `[redacted]`. */
const redacted = '[redacted]';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: only for the header that carries it, or a comparison. */
  reveal(): string {
    return this.#value;
  }

  /** The text without any occurrence of the value. */
  scrub(text: string): string {
    return this.#value === '' ? text : text.replaceAll(this.#value, redacted);
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted;
  }
}
