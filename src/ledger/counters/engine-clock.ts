/**
 * Two readings of the wall clock that its steps cannot harm: one that never goes back, for what is counted a minute, and one
 * that follows the calendar, for windows.
 */

/** Claims arrive a little out of order; a clock that was set is further off than that. */
const disorderMs = 2000;

export class EngineClock {
  #wallMs = 0;
  #elapsedMs = 0;

  /**
   * A clock that was set back gives nothing back and takes nothing: time goes on from there. One that was set forward cannot be
   * told from a pause.
   */
  advance(nowMs: number): void {
    const stepMs = nowMs - this.#wallMs;
    if (stepMs >= 0) this.#elapsedMs += stepMs;
    else if (stepMs > -disorderMs) return;
    this.#wallMs = nowMs;
  }

  /** Milliseconds; only differences mean something. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Unix time in milliseconds. */
  get wallMs(): number {
    return this.#wallMs;
  }
}
