/** How much a call lets the model write, from the fields APIs have for it; what is no count is not said. */
import { countOf, type JsonValue } from '../core/json.ts';
import type { OutputWish } from './dialect.ts';

/** Of several limits and several counts of choices the most that is said: which one a provider reads is its own. */
export function outputWish(
  limits: readonly (JsonValue | undefined)[],
  ...choices: readonly (JsonValue | undefined)[]
): OutputWish {
  let maxTokens: number | undefined;
  for (const limit of limits) {
    const said = countOf(limit);
    if (said !== undefined) maxTokens = Math.max(maxTokens ?? 0, said);
  }
  let most = 1;
  for (const count of choices) most = Math.max(most, countOf(count) ?? 1);
  return { maxTokens, choices: most };
}
