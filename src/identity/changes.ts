/** Word that something identity keeps was changed, here or elsewhere: what stands in memory is then no longer to be believed. */

export interface Changes {
  /** Changes made elsewhere may be missed now: what is kept in memory is to be asked for again, and soon. */
  readonly isDeaf: boolean;
  /** Called after every change, and when some may have been missed. Returns what ends it. */
  subscribe(listener: () => void): () => void;
}

/** Whoever keeps things has one; `relay` is for whoever carries the word to other processes. */
export class ChangeFeed implements Changes {
  readonly #listeners = new Set<() => void>();
  readonly #relays = new Set<() => void>();
  isDeaf = false;

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `tell` is called for what was changed here alone, so that no word goes round in circles. */
  relay(tell: () => void): () => void {
    this.#relays.add(tell);
    return () => this.#relays.delete(tell);
  }

  /** Something was changed here. */
  publish(): void {
    this.hear();
    for (const tell of this.#relays) tell();
  }

  /** Something was changed elsewhere, or may have been. */
  hear(): void {
    for (const listener of this.#listeners) listener();
  }
}
