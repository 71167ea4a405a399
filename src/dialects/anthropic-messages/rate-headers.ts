/** How far a limit is used up, as Anthropic's API says it: the time at which all is there again, RFC 3339 in whole seconds. */
import type { RateReport } from '../dialect.ts';

export function rateHeaders(
  what: 'requests' | 'tokens',
  { limit, remaining, resetMs }: RateReport,
  nowMs: number,
): Record<string, string> {
  const resetsAtMs = Math.ceil((nowMs + resetMs) / 1000) * 1000;
  return {
    [`anthropic-ratelimit-${what}-limit`]: String(limit),
    [`anthropic-ratelimit-${what}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${what}-reset`]: new Date(resetsAtMs).toISOString().replace('.000', ''),
  };
}
