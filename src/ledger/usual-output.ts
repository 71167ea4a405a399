/** How much each target usually writes: a moving mean, kept in memory as long as the target is. */
import type { Target } from '../providers/provider.ts';

/** The share a new reply has in the mean. */
const weight = 1 / 8;

export class UsualOutput {
  readonly #startTokens: number;
  readonly #means = new WeakMap<Target, number>();

  constructor(startTokens: number) {
    this.#startTokens = startTokens;
  }

  of(target: Target): number {
    return Math.ceil(this.#means.get(target) ?? this.#startTokens);
  }

  learn(target: Target, outputTokens: number): void {
    const mean = this.#means.get(target) ?? this.#startTokens;
    this.#means.set(target, mean + (outputTokens - mean) * weight);
  }
}
