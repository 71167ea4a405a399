/**
 * What a call consumed, in one convention whatever the provider's own: `inputTokens` includes cached reads and cache
 * writes, `outputTokens` includes reasoning. A kind the provider did not report is absent, never 0.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Read from a cache. */
  readonly cachedInputTokens?: number;
  /** Written to a cache, whatever its time to live. */
  readonly cacheWriteTokens?: number;
  /** Those of the writes that are kept for an hour. */
  readonly cacheWrite1hTokens?: number;
  readonly reasoningTokens?: number;
  readonly audioInputTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageInputTokens?: number;
  readonly imageOutputTokens?: number;
  /** Those of the audio and image tokens that were read from a cache. */
  readonly cachedAudioInputTokens?: number;
  readonly cachedImageInputTokens?: number;
  /** Searches of the web that the provider made and charges for. */
  readonly webSearches?: number;
  /** The tier of service that has its own prices, as the provider names it; absent for the usual one. */
  readonly serviceTier?: string;
}

/** What of a usage is counted. */
export type UsageCount = Exclude<keyof Usage, 'serviceTier'>;

/** Both together; a kind that neither reported stays absent, and the tier is the later one's. */
export function addUsage(one: Usage | undefined, other: Usage): Usage {
  if (one === undefined) return other;
  const { serviceTier, ...counts } = other;
  const sum: UsageDraft = { ...one, ...(serviceTier !== undefined && { serviceTier }) };
  for (const [kind, count] of Object.entries(counts) as [UsageCount, number][])
    sum[kind] = (sum[kind] ?? 0) + count;
  return sum;
}

/** A usage under construction. */
export type UsageDraft = { -readonly [K in keyof Usage]: Usage[K] };
