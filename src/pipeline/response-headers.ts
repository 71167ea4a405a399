/** The headers of a reply: the gateway's own, and those of the upstream's that clients act on, by allow-list. */

import { threeDecimals, usdText } from '../core/decimal.ts';
import type { HeaderReader } from '../core/header-reader.ts';
import { type Provider, scrub, type Target } from '../providers/provider.ts';
import type { CallContext, HeaderTemplates } from './call-context.ts';
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

function hasAny(names: readonly string[], upstream: HeaderReader): boolean {
  for (const name of names) if (upstream.has(name)) return true;
  return false;
}

/** Whether `passOn` would put anything in. */
function passesOn({ replyHeaders }: Provider, upstream: HeaderReader): boolean {
  return upstream.has('x-request-id') || hasAny(passedOn, upstream) || hasAny(replyHeaders, upstream);
}

/** Names may come from the client: anything but plain ASCII would break the header, and with it the reply. */
function headerText(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?');
}

function templateFor(
  templates: HeaderTemplates,
  target: Target,
  mode: NonNullable<CallContext['mode']>,
  contentType: string,
  rates = 0,
): Headers {
  let variants = templates.get(target);
  if (variants === undefined) {
    variants = [];
    templates.set(target, variants);
  }
  const variant = (mode === 'passthrough' ? 0 : 4) + rates;
  let known = variants[variant];
  if (known === undefined) {
    known = new Map();
    variants[variant] = known;
  }
  let template = known.get(contentType);
  if (template === undefined) {
    template = new Headers({
      'content-type': contentType,
      'x-opengateway-provider': target.provider.name,
      'x-opengateway-model': headerText(target.model),
      'x-opengateway-mode': mode,
    });
    known.set(contentType, template);
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
  // A template may still have that of the call before.
  if (call.costNanoUsd === undefined) headers.delete(costHeader);
  else headers.set(costHeader, usdText(call.costNanoUsd));
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

/** Which rates are told, as a number below four. */
function ratesOf({ grant }: CallContext): number {
  return (grant?.requests === undefined ? 0 : 1) + (grant?.tokens === undefined ? 0 : 2);
}

/**
 * The headers of one reply, with what is passed on. Where that is nothing, they are a template itself with this call's marks
 * upon it, since `Response` copies what it is given: for one response, made at once. All calls that share it set the same names.
 */
export function headersForOne(
  call: CallContext,
  target: Target,
  contentType: string,
  upstream: HeaderReader,
): Headers {
  const { mode, voice } = call;
  const isUsual =
    voice.requestIdHeader === undefined && voice.rateHeaders === undefined && call.warnings.length === 0;
  let headers: Headers;
  if (mode !== undefined && isUsual && !passesOn(target.provider, upstream))
    headers = mark(templateFor(call.templates, target, mode, contentType, ratesOf(call)), call);
  else {
    headers = gatewayHeaders(call, contentType);
    passOn(target.provider, upstream, headers);
  }
  markRates(headers, call);
  return headers;
}
