/** How a call is to be served, beside what it says: the words of service tiers, and what only OpenAI's APIs can be told. */
import type { Call, ServiceTier } from './call.ts';
import type { JsonValue } from './json.ts';
import type { Losses } from './losses.ts';

/** An API's own words for the tiers it has. */
export type TierWords = Readonly<Partial<Record<ServiceTier, string>>>;

/** Undefined for a word only its own API knows: it stays where it is. */
export function readTier(words: TierWords, word: JsonValue | undefined): ServiceTier | undefined {
  const tiers: readonly ServiceTier[] = ['auto', 'default', 'flex', 'priority'];
  return typeof word === 'string' ? tiers.find((tier) => words[tier] === word) : undefined;
}

/** `auto` is what every API does that is told nothing; another tier without a word is named as lost. */
export function writeTier(
  words: TierWords,
  tier: ServiceTier | undefined,
  losses: Losses,
): string | undefined {
  const word = tier && words[tier];
  if (word === undefined && tier !== undefined && tier !== 'auto') losses.add('service_tier');
  return word;
}

/** Names what no API but OpenAI's has a word for. */
export function nameUnserved({ verbosity, promptCache, store }: Call, losses: Losses): void {
  if (verbosity !== undefined) losses.add('verbosity');
  if (promptCache?.key !== undefined) losses.add('prompt_cache_key');
  if (promptCache?.retention !== undefined) losses.add('prompt_cache_retention');
  // Not to keep anything is what the others do.
  if (store === true) losses.add('store');
}
