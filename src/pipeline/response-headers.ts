/** The headers of a reply: the gateway's own, and those of the upstream's that clients act on, by allow-list. */

import { threeDecimals, usdText } from '../core/decimal.ts';
import type { HeaderReader } from '../core/header-reader.ts';
import { type Provider, scrub, type Target } from '../providers/provider.ts';
import type { CallContext } from './call-context.ts';
import { costHeader, headerText } from './header-templates.ts';
import { markStandings, usualRates } from './rate-headers.ts';
import { noRates, type Rates, usualNames } from './rate-names.ts';

/** Asked for by name, one by one: cheaper than walking through all that an upstream sends. */
const passedOn: readonly string[] = [
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'request-id',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];

const attemptsHeader = 'x-opengateway-attempts';

function passAll(
  names: readonly string[],
  provider: Provider,
  upstream: HeaderReader,
  headers: Headers,
): void {
  for (const name of names) {
    const value = upstream.get(name);
    if (value !== null) headers.set(name, scrub(provider, value));
  }
}

const ratesPassedOn = {
  requests: Object.values(usualNames.requests),
  tokens: Object.values(usualNames.tokens),
};

/** Puts what clients act on among the upstream's headers into the reply's; of limits not what `told` tells. */
export function passOn(
  provider: Provider,
  upstream: HeaderReader,
  headers: Headers,
  told: Rates = noRates,
): void {
  passAll(passedOn, provider, upstream, headers);
  if (told.requests === undefined) passAll(ratesPassedOn.requests, provider, upstream, headers);
  if (told.tokens === undefined) passAll(ratesPassedOn.tokens, provider, upstream, headers);
  passAll(provider.replyHeaders, provider, upstream, headers);
  // The gateway's own id has the name; the upstream's stays readable beside it.
  const id = upstream.get('x-request-id');
  if (id !== null) headers.set('x-upstream-request-id', scrub(provider, id));
}

function warningsHeader(warnings: readonly string[]): string {
  return headerText(`dropped: ${warnings.join(', ')}`).slice(0, 2000);
}

/** What differs from call to call and is there in every one. */
function markOwn(headers: Headers, call: CallContext): void {
  const { warnings, costNanoUsd, target, attempts } = call;
  const { requestIdHeader } = call.voice;
  headers.set('x-request-id', call.id);
  if (target !== undefined && attempts !== 1) headers.set(attemptsHeader, String(attempts));
  headers.set('x-opengateway-overhead-ms', threeDecimals(call.overheadMs(performance.now())));
  if (costNanoUsd !== undefined) headers.set(costHeader, usdText(costNanoUsd));
  else if (target !== undefined) headers.delete(costHeader);
  if (requestIdHeader !== undefined) headers.set(requestIdHeader, call.id);
  if (warnings.length > 0) headers.set('x-opengateway-warnings', warningsHeader(warnings));
}

export interface PassedReply {
  readonly body: string | ReadableStream<Uint8Array> | null;
  readonly contentType: string;
  /** The upstream's headers. */
  readonly upstream: HeaderReader;
  readonly status?: number;
}

/** Every reply to an inference call carries these, errors included. */
export function gatewayHeaders(call: CallContext, contentType: string): Headers {
  const { target, mode } = call;
  const headers = new Headers(
    target === undefined || mode === undefined
      ? { 'content-type': contentType }
      : call.templates.of(target, mode, contentType, noRates),
  );
  markOwn(headers, call);
  return headers;
}

/**
 * One reply of an upstream's, with what of its headers is passed on. The headers are a set of its own, though made from what others
 * share: a reply waits for the ledger, together with others from the same target.
 */
export function replyWith(
  call: CallContext,
  target: Target,
  { body, contentType, upstream, status = 200 }: PassedReply,
): Response {
  const told = usualRates(call);
  const template = call.templates.of(target, call.mode ?? 'passthrough', contentType, told);
  const response = new Response(body, { status, headers: template });
  const { headers } = response;
  markOwn(headers, call);
  passOn(target.provider, upstream, headers, told);
  markStandings(headers, call, told);
  return response;
}
