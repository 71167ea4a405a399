/** What an upstream says that is no success, as an error for the client: faithful, and without anything secret. */
import { GatewayError, type UpstreamRefusal } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Provider } from '../providers/provider.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { malformed } from '../upstream/failure.ts';
import { passOn } from './response-headers.ts';

/** JSON in a text, or undefined; never throws. */
export function tryParse(text: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** JSON can be read to a depth at which it can no longer be written. */
export function guardDepth<T>(provider: Provider, write: () => T): T {
  try {
    return write();
  } catch (thrown) {
    if (thrown instanceof RangeError) throw malformed(provider.name, 'a reply that nests too deep', thrown);
    throw thrown;
  }
}

export function scrubRefusal(provider: Provider, refusal: UpstreamRefusal): UpstreamRefusal {
  const { credential } = provider;
  if (credential === undefined) return refusal;
  return JSON.parse(credential.scrub(JSON.stringify(refusal))) as UpstreamRefusal;
}

/** An error object inside a reply that claims success; its own code decides the status where it is one. */
export function refusalInside(
  dialect: Dialect,
  provider: Provider,
  json: JsonObject,
): GatewayError | undefined {
  if (json.error === undefined || json.error === null || json.choices !== undefined) return undefined;
  const refusal = dialect.speak.readRefusal(502, json);
  if (refusal === undefined) return undefined;
  const code = Number(refusal.code);
  const status = Number.isInteger(code) && code >= 400 && code <= 599 ? code : 502;
  const scrubbed = scrubRefusal(provider, { ...refusal, status });
  return new GatewayError('upstream_rejected', scrubbed.message, { refusal: scrubbed });
}

/** Reads the body of a reply whose status is no success and throws what it means. */
export async function refuse(dialect: Dialect, provider: Provider, exchange: Exchange): Promise<never> {
  const { status, headers } = exchange.response;
  if (status >= 300 && status < 400) {
    exchange.close();
    throw new GatewayError('upstream_redirect', `The provider '${provider.name}' answered with a redirect.`);
  }
  if (status === 401) {
    exchange.close();
    throw new GatewayError(
      'upstream_auth_failed',
      `The provider '${provider.name}' refused the gateway's credential.`,
    );
  }
  if (status < 400 || status > 599) {
    exchange.close();
    throw malformed(provider.name, `the status ${status}`);
  }
  const json = tryParse(await exchange.readText().catch(() => ''));
  const read = json === undefined ? undefined : dialect.speak.readRefusal(status, json);
  const plain: UpstreamRefusal = {
    status,
    message: `The provider '${provider.name}' answered with status ${status}.`,
    type: null,
    code: 'upstream_rejected',
    param: null,
    rest: {},
  };
  const refusal = scrubRefusal(provider, read ?? plain);
  const passed = new Headers();
  passOn(provider, headers, passed);
  throw new GatewayError('upstream_rejected', refusal.message, { refusal, headers: passed.toJSON() });
}
