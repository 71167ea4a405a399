/** How far a caller's own limits are used up, in the headers of the API that was called; they replace the upstream's. */
import type { RefusingLimit } from '../core/errors.ts';
import type { RateReport, Voice } from '../dialects/dialect.ts';
import type { CallContext } from './call-context.ts';
import { noRates, type Rates, usualNames } from './rate-names.ts';

/** As OpenAI writes a span of time: `120ms`, `1s`, `6m0s`. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds % 60}s` : `${hours}h${minutes % 60}m${seconds % 60}s`;
}

function markStanding(headers: Headers, what: 'requests' | 'tokens', rate: RateReport): void {
  const names = usualNames[what];
  headers.set(names.remaining, String(rate.remaining));
  headers.set(names.reset, spanText(rate.resetMs));
}

function mark(headers: Headers, voice: Voice, what: 'requests' | 'tokens', rate: RateReport): void {
  if (voice.rateHeaders === undefined) {
    headers.set(usualNames[what].limit, String(rate.limit));
    markStanding(headers, what, rate);
    return;
  }
  const told = voice.rateHeaders(what, rate, Date.now());
  for (const name in told) headers.set(name, told[name] ?? '');
}

/** Those that are told in OpenAI's headers, by every API that has none of its own. */
export function usualRates({ grant, voice }: CallContext): Rates {
  return grant === undefined || voice.rateHeaders !== undefined ? noRates : grant;
}

/** Last of all that writes headers, into some that have the limits of `told` already. */
export function markStandings(headers: Headers, call: CallContext, told: Rates): void {
  if (told === noRates) {
    markRates(headers, call);
    return;
  }
  if (told.requests !== undefined) markStanding(headers, 'requests', told.requests);
  if (told.tokens !== undefined) markStanding(headers, 'tokens', told.tokens);
}

/** Last of all that writes headers. `refusing`: what did not grant the call. */
export function markRates(headers: Headers, { grant, voice }: CallContext, refusing?: RefusingLimit): void {
  if (refusing?.rate !== undefined)
    mark(headers, voice, refusing.name === 'tpm' ? 'tokens' : 'requests', refusing.rate);
  if (grant === undefined) return;
  if (grant.requests !== undefined) mark(headers, voice, 'requests', grant.requests);
  if (grant.tokens !== undefined) mark(headers, voice, 'tokens', grant.tokens);
}
