/** Of which limits a reply tells, and in which headers. */
import type { Grant } from '../ledger/counters.ts';

/** What a caller is told of its limits; nothing of one that has none. */
export type Rates = Pick<Grant, 'requests' | 'tokens'>;

export const noRates: Rates = {};

/** OpenAI's, which all know that have none of their own. */
export const usualNames = {
  requests: {
    limit: 'x-ratelimit-limit-requests',
    remaining: 'x-ratelimit-remaining-requests',
    reset: 'x-ratelimit-reset-requests',
  },
  tokens: {
    limit: 'x-ratelimit-limit-tokens',
    remaining: 'x-ratelimit-remaining-tokens',
    reset: 'x-ratelimit-reset-tokens',
  },
} as const;
