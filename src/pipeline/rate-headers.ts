/** How far a caller's own limits are used up, in the headers of the API that was called; they replace the upstream's. */
import type { RefusingLimit } from '../core/errors.ts';
import type { RateReport, Voice } from '../dialects/dialect.ts';
import type { CallContext } from './call-context.ts';

/** As OpenAI writes a span of time: `120ms`, `1s`, `6m0s`. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds % 60}s` : `${hours}h${minutes % 60}m${seconds % 60}s`;
}

/** OpenAI's, which all know that have none of their own. */
const usualNames = {
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

function mark(headers: Headers, voice: Voice, what: 'requests' | 'tokens', rate: RateReport): void {
  if (voice.rateHeaders === undefined) {
    const names = usualNames[what];
    headers.set(names.limit, String(rate.limit));
    headers.set(names.remaining, String(rate.remaining));
    headers.set(names.reset, spanText(rate.resetMs));
    return;
  }
  const told = voice.rateHeaders(what, rate, Date.now());
  for (const name in told) headers.set(name, told[name] ?? '');
}

/** Last of all that writes headers. `refusing`: what did not grant the call. */
export function markRates(headers: Headers, { grant, voice }: CallContext, refusing?: RefusingLimit): void {
  if (refusing?.rate !== undefined)
    mark(headers, voice, refusing.name === 'tpm' ? 'tokens' : 'requests', refusing.rate);
  if (grant === undefined) return;
  if (grant.requests !== undefined) mark(headers, voice, 'requests', grant.requests);
  if (grant.tokens !== undefined) mark(headers, voice, 'tokens', grant.tokens);
}
