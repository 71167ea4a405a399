/**
 * What a call consumed, in one convention whatever the provider's own: `inputTokens` includes cached reads and cache
 * writes, `outputTokens` includes reasoning. A kind the provider did not report is absent, never 0.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly reasoningTokens?: number;
  readonly audioInputTokens?: number;
  readonly audioOutputTokens?: number;
}
