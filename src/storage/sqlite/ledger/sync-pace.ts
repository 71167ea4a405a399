/**
 * Whether a sync is waited for or handed to another thread. What a quick disk does at once is waited for: to hand it over and to
 * hear of it again costs more. One that was slow is followed by some that are handed over, by the more the oftener it happens.
 */
const quickMs = 1;
/** What takes longer is no matter of chance, and not tried again by waiting for it. */
const nearlyQuickMs = 4 * quickMs;
const longestSpell = 32;

export class SyncPace {
  /** So many more are handed over. */
  #left = 1;
  /** How many will be, after the next slow one. */
  #spell = 1;

  /** Whether the next is waited for. */
  get isQuick(): boolean {
    return this.#left === 0;
  }

  waited(tookMs: number): void {
    if (tookMs < quickMs) {
      this.#spell = Math.max(1, this.#spell - 1);
      return;
    }
    this.#left = this.#spell;
    this.#spell = Math.min(longestSpell, this.#spell * 4);
  }

  /** `tookMs`: with the turn of the event loop in it. */
  handedOver(tookMs: number): void {
    if (tookMs < quickMs) this.#left = 0;
    else if (tookMs < nearlyQuickMs) this.#left--;
  }
}
