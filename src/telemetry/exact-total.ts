/** A sum of whole numbers that is exact whatever it grows to. */
export class ExactTotal {
  #whole = 0n;
  /** What is not in `#whole` yet: a `bigint` for each part would be garbage of every call. */
  #recent = 0;

  add(count: number): void {
    const recent = this.#recent + count;
    if (recent <= Number.MAX_SAFE_INTEGER) this.#recent = recent;
    else this.addExactly(BigInt(count));
  }

  addExactly(count: bigint): void {
    this.#whole += BigInt(this.#recent) + count;
    this.#recent = 0;
  }

  get value(): bigint {
    return this.#whole + BigInt(this.#recent);
  }
}
