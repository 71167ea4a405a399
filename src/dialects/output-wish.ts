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
    const before = maxTokens ?? 0;
    if (said !== undefined) maxTokens = said > before ? said : before;
  }
  let most = 1;
  for (const count of choices) {
    const said = countOf(count);
    if (said !== undefined && said > most) most = said;
  }
  return { maxTokens, choices: most };
}
