/** How a call is to be served, beside what it says: the words of service tiers, and what only OpenAI's APIs can be told. */
import type { Call, ServiceTier } from './call.ts';
import type { JsonValue } from './json.ts';
import type { Losses } from './losses.ts';
import type { Part } from './part.ts';

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

function looksCloser(parts: readonly Part[]): boolean {
  return parts.some((part) => {
    if (part.type === 'tool-result') return looksCloser(part.parts);
    return part.type === 'media' && part.detail !== undefined && part.detail !== 'auto';
  });
}

/** Names what no API but OpenAI's has a word for. */
export function nameUnserved(call: Call, losses: Losses): void {
  const { verbosity, promptCache, store } = call;
  if (call.messages.some(({ parts }) => looksCloser(parts))) losses.add('detail of an image');
  if (verbosity !== undefined) losses.add('verbosity');
  if (promptCache?.key !== undefined) losses.add('prompt_cache_key');
  if (promptCache?.retention !== undefined) losses.add('prompt_cache_retention');
  // Not to keep anything is what the others do.
  if (store === true) losses.add('store');
}
