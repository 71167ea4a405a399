/** The headers of a reply: the gateway's own, and those of the upstream's that clients act on, by allow-list. */
import { type Provider, scrub, type Target } from '../providers/provider.ts';
import type { CallContext, HeaderTemplates } from './call-context.ts';

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

/** Puts what clients act on among the upstream's headers into the reply's. */
export function passOn(provider: Provider, upstream: Headers, headers: Headers): void {
  for (const names of [passedOn, provider.replyHeaders])
    for (const name of names) {
      const value = upstream.get(name);
      if (value !== null) headers.set(name, scrub(provider, value));
    }
  // The gateway's own id has the name; the upstream's stays readable beside it.
  const id = upstream.get('x-request-id');
  if (id !== null) headers.set('x-upstream-request-id', scrub(provider, id));
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
      'x-opengateway-model': target.model,
      'x-opengateway-mode': mode,
    });
    known.set(key, template);
  }
  return template;
}

/** Names of fields may come from the client: anything but plain ASCII would break the header. */
function warningsHeader(warnings: readonly string[]): string {
  return `dropped: ${warnings.join(', ')}`.replaceAll(/[^ -~]/g, '?').slice(0, 2000);
}

/** Every reply to an inference call carries these, errors included. */
export function gatewayHeaders(call: CallContext, contentType: string): Headers {
  const { target, mode } = call;
  const headers =
    target === undefined || mode === undefined
      ? new Headers({ 'content-type': contentType })
      : new Headers(templateFor(call.templates, target, mode, contentType));
  headers.set('x-request-id', call.id);
  const { requestIdHeader } = call.voice;
  if (requestIdHeader !== undefined) headers.set(requestIdHeader, call.id);
  const { warnings } = call;
  if (warnings.length > 0) headers.set('x-opengateway-warnings', warningsHeader(warnings));
  if (target !== undefined) headers.set('x-opengateway-attempts', String(call.attempts));
  headers.set('x-opengateway-overhead-ms', call.overheadMs(performance.now()).toFixed(3));
  return headers;
}
