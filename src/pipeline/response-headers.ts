/** The headers of a reply: the gateway's own, and those of the upstream's that clients act on, by allow-list. */
import type { Provider } from '../providers/provider.ts';
import type { CallContext } from './call-context.ts';

const passedOn: ReadonlySet<string> = new Set([
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'request-id',
  'openai-processing-ms',
  'openai-version',
  'openai-model',
]);
function scrub({ credential }: Provider, value: string): string {
  return credential === undefined ? value : credential.scrub(value);
}

type HeaderRecord = Record<string, string>;

/** Puts what clients act on among the upstream's headers into the reply's. */
export function passOn(provider: Provider, upstream: Headers, headers: HeaderRecord): HeaderRecord {
  // One call into the runtime for all of them: asking for each by name costs more.
  const all = upstream.toJSON();
  for (const name in all) {
    const value = all[name];
    if (typeof value !== 'string') continue;
    if (passedOn.has(name) || name.startsWith('x-ratelimit-') || name.startsWith('anthropic-ratelimit-'))
      headers[name] = scrub(provider, value);
    // The gateway's own id has the name; the upstream's stays readable beside it.
    else if (name === 'x-request-id') headers['x-upstream-request-id'] = scrub(provider, value);
  }
  return headers;
}

/** Every reply to an inference call carries these, errors included. */
export function gatewayHeaders(call: CallContext, contentType: string): HeaderRecord {
  const headers: HeaderRecord = { 'content-type': contentType, 'x-request-id': call.id };
  const { target, mode } = call;
  if (target !== undefined) {
    headers['x-opengateway-provider'] = target.provider.name;
    headers['x-opengateway-model'] = target.model;
    headers['x-opengateway-attempts'] = String(call.attempts);
  }
  if (mode !== undefined) headers['x-opengateway-mode'] = mode;
  headers['x-opengateway-overhead-ms'] = call.overheadMs(performance.now()).toFixed(3);
  return headers;
}
