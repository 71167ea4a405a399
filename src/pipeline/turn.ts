/**
 * Calls that come together go on together. Under load one turn of the event loop brings many; worked on one by one, each drives
 * out of the processor's caches what the next one needs. So they wait until the loop has handed out all that came, and each
 * step is done for all of them, right behind one another. adr/0019.
 */

/** What comes later than this behind the one before came alone. */
const crowdMs = 0.25;

/** One place on the way where calls gather. */
export class Turn {
  #lastMs = Number.NEGATIVE_INFINITY;
  #gathering: Promise<void> | undefined;

  /** Undefined: it came alone and goes on at once. `nowMs`: as performance.now() counts. */
  join(nowMs: number): Promise<void> | undefined {
    const isAlone = nowMs - this.#lastMs > crowdMs;
    this.#lastMs = nowMs;
    if (isAlone && this.#gathering === undefined) return undefined;
    this.#gathering ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#gathering = undefined;
        resolve();
      });
    });
    return this.#gathering;
  }
}
