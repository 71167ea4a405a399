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

function eachPassedOn(
  provider: Provider,
  upstream: HeaderReader,
  take: (name: string, value: string) => void,
): void {
  for (const names of [passedOn, provider.replyHeaders])
    for (const name of names) {
      const value = upstream.get(name);
      if (value !== null) take(name, scrub(provider, value));
    }
  // The gateway's own id has the name; the upstream's stays readable beside it.
  const id = upstream.get('x-request-id');
  if (id !== null) take('x-upstream-request-id', scrub(provider, id));
}

/** Puts what clients act on among the upstream's headers into the reply's. */
export function passOn(provider: Provider, upstream: HeaderReader, headers: Headers): void {
  eachPassedOn(provider, upstream, (name, value) => headers.set(name, value));
}

/** Names may come from the client: anything but plain ASCII would break the header, and with it the reply. */
function headerText(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?');
}

function templateFor(templates: HeaderTemplates, target: Target, mode: string, contentType: string): Headers {
  let known = templates.get(target);
  if (known === undefined) {
    known = new Map();
    templates.set(target, known);
  }
  const key = mode + contentType;
  let template = known.get(key);
  if (template === undefined) {
    template = new Headers({
      'content-type': contentType,
      'x-opengateway-provider': target.provider.name,
      'x-opengateway-model': headerText(target.model),
      'x-opengateway-mode': mode,
    });
    known.set(key, template);
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

/**
 * The headers of one reply, with what is passed on. Where that is nothing, they are the template itself with this call's marks
 * upon it, since `Response` copies what it is given: for one response, made at once.
 */
export function headersForOne(
  call: CallContext,
  target: Target,
  contentType: string,
  upstream: HeaderReader,
): Headers {
  const { mode } = call;
  let own: Headers | undefined;
  if (
    mode === undefined ||
    call.grant !== undefined ||
    call.voice.requestIdHeader !== undefined ||
    call.warnings.length > 0
  )
    own = gatewayHeaders(call, contentType);
  eachPassedOn(target.provider, upstream, (name, value) => {
    own ??= gatewayHeaders(call, contentType);
    own.set(name, value);
  });
  if (own !== undefined) markRates(own, call);
  return (
    own ?? mark(templateFor(call.templates, target, mode as NonNullable<typeof mode>, contentType), call)
  );
}
