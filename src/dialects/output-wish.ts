/** How much a call lets the model write, from the fields APIs have for it; what is no count is not said. */
import { countOf, type JsonValue } from '../core/json.ts';
import type { OutputWish } from './dialect.ts';

/** Of several limits and several counts of choices the most that is said: which one a provider reads is its own. */
export function outputWish(
  limits: readonly (JsonValue | undefined)[],
  ...choices: readonly (JsonValue | undefined)[]
): OutputWish {
  const said = limits.flatMap((limit) => countOf(limit) ?? []);
  return {
    maxTokens: said.length === 0 ? undefined : Math.max(0, ...said),
    choices: Math.max(1, ...choices.map((count) => countOf(count) ?? 1)),
  };
}
