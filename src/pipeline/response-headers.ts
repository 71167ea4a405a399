/** The headers of a reply: the gateway's own, and those of the upstream's that clients act on, by allow-list. */

import { threeDecimals, usdText } from '../core/decimal.ts';
import type { HeaderReader } from '../core/header-reader.ts';
import { type Provider, scrub, type Target } from '../providers/provider.ts';
import type { CallContext, HeaderTemplates, TargetTemplates } from './call-context.ts';
import { markRates } from './rate-headers.ts';

/** Asked for by name, one by one: cheaper than walking through all that an upstream sends. */
const passedOn: readonly string[] = [
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'request-id',
  ...['limit', 'remaining', 'reset'].flatMap((what) => [
    `x-ratelimit-${what}`,
    `x-ratelimit-${what}-requests`,
    `x-ratelimit-${what}-tokens`,
  ]),
];

const costHeader = 'x-opengateway-cost-usd';

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

/** Puts what clients act on among the upstream's headers into the reply's. */
export function passOn(provider: Provider, upstream: HeaderReader, headers: Headers): void {
  passAll(passedOn, provider, upstream, headers);
  passAll(provider.replyHeaders, provider, upstream, headers);
  // The gateway's own id has the name; the upstream's stays readable beside it.
  const id = upstream.get('x-request-id');
  if (id !== null) headers.set('x-upstream-request-id', scrub(provider, id));
}

/** Names may come from the client: anything but plain ASCII would break the header, and with it the reply. */
function headerText(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?');
}

function templateFor(
  templates: HeaderTemplates,
  target: Target,
  mode: keyof TargetTemplates,
  contentType: string,
): Headers {
  let ofTarget = templates.get(target);
  if (ofTarget === undefined) {
    ofTarget = { passthrough: new Map(), translated: new Map() };
    templates.set(target, ofTarget);
  }
  let template = ofTarget[mode].get(contentType);
  if (template === undefined) {
    template = new Headers({
      'content-type': contentType,
      'x-opengateway-provider': target.provider.name,
      'x-opengateway-model': headerText(target.model),
      'x-opengateway-mode': mode,
    });
    ofTarget[mode].set(contentType, template);
  }
  return template;
}

function warningsHeader(warnings: readonly string[]): string {
  return headerText(`dropped: ${warnings.join(', ')}`).slice(0, 2000);
}

/** What differs from call to call and is there in every one. */
function mark(headers: Headers, call: CallContext): Headers {
  headers.set('x-request-id', call.id);
  if (call.target !== undefined) headers.set('x-opengateway-attempts', String(call.attempts));
  if (call.costNanoUsd !== undefined) headers.set(costHeader, usdText(call.costNanoUsd));
  headers.set('x-opengateway-overhead-ms', threeDecimals(call.overheadMs(performance.now())));
  return headers;
}

/** Every reply to an inference call carries these, errors included. */
export function gatewayHeaders(call: CallContext, contentType: string): Headers {
  const { target, mode, warnings } = call;
  const { requestIdHeader } = call.voice;
  const headers =
    target === undefined || mode === undefined
      ? new Headers({ 'content-type': contentType })
      : new Headers(templateFor(call.templates, target, mode, contentType));
  mark(headers, call);
  if (requestIdHeader !== undefined) headers.set(requestIdHeader, call.id);
  if (warnings.length > 0) headers.set('x-opengateway-warnings', warningsHeader(warnings));
  return headers;
}

/**
 * The headers of one reply, with what is passed on. A set of its own for each: a reply waits for the ledger, together with others
 * from the same target.
 */
export function headersForOne(
  call: CallContext,
  target: Target,
  contentType: string,
  upstream: HeaderReader,
): Headers {
  const headers = gatewayHeaders(call, contentType);
  passOn(target.provider, upstream, headers);
  markRates(headers, call);
  return headers;
}
