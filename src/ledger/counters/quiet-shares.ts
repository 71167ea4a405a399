/** Which shares of a budget were warned of in its window, so that each is once. */
import type { Budget } from '../caps.ts';
import { quietUntilMs } from '../window.ts';

export class QuietShares {
  readonly #untilMs = new Map<number, number>();

  /** The shares just passed that were not warned of in this window, ascending. */
  passed(budget: Budget, usedNanoUsd: number, limitNanoUsd: number, wallMs: number): readonly number[] {
    return budget.warnAt.filter((share) => {
      if (usedNanoUsd < share * limitNanoUsd) return false;
      if ((this.#untilMs.get(share) ?? 0) > wallMs) return false;
      this.#untilMs.set(share, quietUntilMs(budget.window, budget.rolling, wallMs));
      return true;
    });
  }

  /** Forgotten, it would warn of the same once more. */
  isLive(wallMs: number): boolean {
    for (const untilMs of this.#untilMs.values()) if (untilMs > wallMs) return true;
    return false;
  }
}
