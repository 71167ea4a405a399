/** What an upstream says that is no success, as an error for the client: faithful, and without anything secret. */
import { GatewayError, type UpstreamRefusal } from '../core/errors.ts';
import { isObject, type JsonObject, parseJson } from '../core/json.ts';
import { malformed } from '../core/upstream-failure.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { type Provider, scrub } from '../providers/provider.ts';
import type { Exchange } from '../upstream/exchange.ts';
import { passOn } from './response-headers.ts';

/** JSON can be read to a depth at which it can no longer be written: what is thrown then is the upstream's fault. */
export function tooDeep(provider: Provider, thrown: RangeError): GatewayError {
  return malformed(provider.name, 'a reply that nests too deep', thrown);
}

export function guardDepth<T>(provider: Provider, write: () => T): T {
  try {
    return write();
  } catch (thrown) {
    throw thrown instanceof RangeError ? tooDeep(provider, thrown) : thrown;
  }
}

/** Takes what is secret out of every text inside a value, keys included, whatever JSON would make of it. */
function scrubbed(provider: Provider, value: unknown): unknown {
  if (typeof value === 'string') return scrub(provider, value);
  if (Array.isArray(value)) return value.map((item) => scrubbed(provider, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [scrub(provider, key), scrubbed(provider, inner)]),
  );
}

function scrubRefusal(provider: Provider, refusal: UpstreamRefusal): UpstreamRefusal {
  if (provider.credential === undefined && provider.secrets.length === 0) return refusal;
  const { message, type, code, param, rest } = refusal;
  return {
    shape: refusal.shape,
    status: refusal.status,
    message: scrub(provider, message),
    type: type === null ? null : scrub(provider, type),
    code: typeof code === 'string' ? scrub(provider, code) : code,
    param: param === null ? null : scrub(provider, param),
    rest: scrubbed(provider, rest) as Readonly<Record<string, unknown>>,
  };
}

export function scrubberOf(provider: Provider): (refusal: UpstreamRefusal) => UpstreamRefusal {
  return (refusal) => scrubRefusal(provider, refusal);
}

/** A failure inside a reply that claims success; its own code decides the status where it is one. */
export function refusalInside(
  dialect: Dialect,
  provider: Provider,
  json: JsonObject,
): GatewayError | undefined {
  const refusal = dialect.speak.readFailure(json);
  if (refusal === undefined) return undefined;
  const code = Number(refusal.code);
  const status = Number.isInteger(code) && code >= 400 && code <= 599 ? code : refusal.status;
  return rejected(provider, { ...refusal, status });
}

function badCredential({ name }: Provider): GatewayError {
  return new GatewayError('upstream_auth_failed', `The provider '${name}' refused the gateway's credential.`);
}

export function rejected(provider: Provider, refusal: UpstreamRefusal): GatewayError {
  if (refusal.isAboutCredential === true) return badCredential(provider);
  const clean = scrubRefusal(provider, refusal);
  return new GatewayError('upstream_rejected', clean.message, { refusal: clean });
}

/** An error may come as a list of one, as a stream's first and only entry. */
export function parseRefusal(text: string): JsonObject | undefined {
  const read = parseJson(text);
  const [only] = Array.isArray(read) ? read : [read];
  return isObject(only) ? only : undefined;
}

/** A status that is not passed on as the upstream's own refusal, whatever its body says. */
function ownFailure(provider: Provider, status: number): GatewayError | undefined {
  if (status >= 300 && status < 400)
    return new GatewayError('upstream_redirect', `The provider '${provider.name}' answered with a redirect.`);
  if (status === 401) return badCredential(provider);
  return status < 400 || status > 599 ? malformed(provider.name, `the status ${status}`) : undefined;
}

function plainRefusal(provider: Provider, status: number): UpstreamRefusal {
  return {
    shape: 'none',
    status,
    message: `The provider '${provider.name}' answered with status ${status}.`,
    type: null,
    code: 'upstream_rejected',
    param: null,
    rest: {},
  };
}

/** What a refusal means of which only the status is known. */
export function refusedWith(provider: Provider, status: number): GatewayError {
  return ownFailure(provider, status) ?? rejected(provider, plainRefusal(provider, status));
}

async function whatItSays(exchange: Exchange): Promise<string> {
  try {
    return await exchange.readText();
  } catch {
    return '';
  }
}

/** Reads the body of a reply whose status is no success and throws what it means. */
export async function refuse(dialect: Dialect, provider: Provider, exchange: Exchange): Promise<never> {
  const { status, headers } = exchange.response;
  const failure = ownFailure(provider, status);
  if (failure !== undefined) {
    exchange.close();
    throw failure;
  }
  const json = parseRefusal(await whatItSays(exchange));
  const read = json === undefined ? undefined : dialect.speak.readRefusal(status, json, headers);
  if (read?.isAboutCredential === true) throw badCredential(provider);
  const refusal = scrubRefusal(provider, read ?? plainRefusal(provider, status));
  const passed = new Headers();
  passOn(provider, headers, passed);
  throw new GatewayError('upstream_rejected', refusal.message, { refusal, headers: passed.toJSON() });
}
