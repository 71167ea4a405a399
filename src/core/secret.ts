/** A value that must never be seen: whatever prints, logs or serialises it gets `[redacted]`. */
const redacted = '[redacted]';

export class Secret {
  readonly #value: string;
  /** The ways a text can hold it, each to be replaced. */
  readonly #spellings: readonly string[];

  constructor(value: string) {
    this.#value = value;
    const escaped = JSON.stringify(value).slice(1, -1);
    // Escaped first: it may begin with the plain one (`a\` is `a\\` in JSON), which would leave half of an escape.
    this.#spellings = value === '' ? [] : [...new Set([escaped, value])];
  }

  /** The value itself: only for the header that carries it, or a comparison. */
  reveal(): string {
    return this.#value;
  }

  /** The text without any occurrence of the value, be the text plain or JSON. */
  scrub(text: string): string {
    let scrubbed = text;
    for (const spelling of this.#spellings) scrubbed = scrubbed.replaceAll(spelling, redacted);
    return scrubbed;
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
