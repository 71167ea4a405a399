/** From definitions, variables and the config file to the providers that are enabled. */

import type { DialectName } from '../core/dialect-name.ts';
import { Secret } from '../core/secret.ts';
import { version } from '../core/version.ts';
import { customProvider } from '../providers/custom.ts';
import { type Connection, enablers, type Provider, type ProviderDefinition } from '../providers/provider.ts';
import { adaptTo, type Quirks } from '../providers/quirks.ts';
import { builtInProviders } from '../providers/registry.ts';
import { joinPath, readBaseUrl } from '../upstream/address.ts';
import { ConfigError, type Diagnostic, type Locator } from './diagnostics.ts';
import type { ProviderConfig } from './provider-schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Complain = (where: string, problem: string) => void;

export interface ProviderSet {
  readonly providers: readonly Provider[];
  readonly disabled: readonly ProviderDefinition[];
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

const neverForwarded: ReadonlySet<string> = new Set([
  ...['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie', 'proxy-authorization'],
  ...['host', 'connection', 'content-length', 'content-type', 'content-encoding', 'transfer-encoding'],
  ...['accept-encoding', 'expect', 'te', 'trailer', 'upgrade', 'keep-alive'],
]);

function lowerCase(names: readonly string[] | undefined): readonly string[] | undefined {
  return names?.map((name) => name.toLowerCase());
}

function requestHeaders(
  definition: ProviderDefinition,
  config: ProviderConfig,
  credential: Secret | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': `opengateway/${version}`,
  };
  Object.assign(headers, definition.headers);
  for (const [name, value] of Object.entries(config.headers ?? {})) headers[name.toLowerCase()] = value;
  if (credential === undefined || definition.connect !== undefined) return headers;
  const header = (config.authHeader ?? definition.keyHeader ?? 'authorization').toLowerCase();
  headers[header] = header === 'authorization' ? `Bearer ${credential.reveal()}` : credential.reveal();
  return headers;
}

/** What a provider does to a body: first what is its own, then its quirks. */
function adaptation(own: Connection['adapt'], quirks: Quirks): Connection['adapt'] {
  const quirky = adaptTo(quirks);
  if (own === undefined || quirky === undefined) return own ?? quirky;
  return (body, route, losses) => quirky(own(body, route, losses), route, losses);
}

/** Addresses of dialects that are not spoken at the base URL itself. */
function rootedUrl(roots: ProviderDefinition['dialectRoots'], baseUrl: string): Connection['url'] {
  if (roots === undefined) return undefined;
  return ({ dialect, path }) => joinPath(baseUrl + (roots[dialect] ?? ''), path);
}

/** Of what a model speaks, what the configuration leaves it. */
function narrowed(
  dialectsOf: Connection['dialectsOf'],
  configured: readonly DialectName[] | undefined,
): Connection['dialectsOf'] {
  if (dialectsOf === undefined || configured === undefined) return dialectsOf;
  return (model) => dialectsOf(model).intersection(new Set(configured));
}

/** Absent where undefined: a property that is there would hide the one it replaces. */
function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function build(
  definition: ProviderDefinition,
  config: ProviderConfig,
  address: string | undefined,
  credential: Secret | undefined,
  environment: Environment,
): Provider {
  const connection = definition.connect?.({ environment, baseUrl: address, key: credential });
  const baseUrl = connection?.baseUrl ?? address ?? '';
  const { listsModels, ...configuredQuirks } = config.quirks ?? {};
  const quirks: Quirks = { ...definition.quirks, ...connection?.quirks, ...configuredQuirks };
  return {
    name: definition.name,
    prefixes: config.prefixes ?? definition.prefixes,
    models: config.models ?? definition.models,
    dialects: new Set(config.dialects ?? definition.dialects),
    credential,
    forwardHeaders: lowerCase(config.forwardHeaders) ?? definition.forwardHeaders,
    replyHeaders: lowerCase(config.replyHeaders) ?? definition.replyHeaders,
    transport: fetch,
    ...connection,
    baseUrl,
    quirks,
    listsModels: listsModels ?? connection?.listsModels ?? definition.listsModels ?? true,
    headers: { ...requestHeaders(definition, config, credential), ...connection?.headers },
    secrets: connection?.secrets ?? [],
    ...defined<Pick<Provider, 'betas' | 'adapt' | 'url' | 'dialectsOf' | 'priceList'>>({
      betas: config.betas ?? definition.betas,
      priceList: config.priceList ?? definition.priceList,
      adapt: adaptation(connection?.adapt, quirks),
      url: connection?.url ?? rootedUrl(definition.dialectRoots, baseUrl),
      dialectsOf: narrowed(connection?.dialectsOf, config.dialects),
    }),
  };
}

/** Complains of headers that would hand a caller's credential to a provider, or break the request. */
function checkForwarded(
  names: readonly string[] | undefined,
  complain: (at: number, problem: string) => void,
) {
  for (const [at, name] of (names ?? []).entries())
    if (neverForwarded.has(name.toLowerCase()))
      complain(at, `the header '${name}' is never passed on: it is the caller's own.`);
}

/** Throws a ConfigError. */
export function readProviders(
  configured: Readonly<Record<string, ProviderConfig>>,
  environment: Environment,
  locate: Locator,
): ProviderSet {
  const diagnostics: Diagnostic[] = [];
  const complain: Complain = (where, problem) => diagnostics.push({ where, problem });
  const custom = Object.keys(configured).filter(
    (name) => !builtInProviders.some((known) => known.name === name),
  );
  const definitions = [
    ...builtInProviders,
    ...custom.map((name) => customProvider(name, configured[name]?.dialects)),
  ];
  const providers: Provider[] = [];
  const disabled: ProviderDefinition[] = [];

  for (const definition of definitions) {
    const { name, keyVariable, baseUrlVariable, defaultBaseUrl, connect } = definition;
    const config = Object.hasOwn(configured, name) ? configured[name] : undefined;
    const enabler = enablers(definition).find((variable) => filled(environment[variable]) !== undefined);
    const isEnabled = enabler !== undefined || definition.isEnabled?.(environment) === true;
    if (config === undefined && !isEnabled) {
      disabled.push(definition);
      continue;
    }
    const inFile = (...keys: string[]) => locate.setting(['providers', name, ...keys]);
    const fromVariable = filled(environment[baseUrlVariable]);
    const address = fromVariable ?? filled(config?.baseUrl) ?? defaultBaseUrl;
    checkForwarded(config?.forwardHeaders, (at, problem) =>
      complain(inFile('forwardHeaders', String(at)), problem),
    );
    if (address === undefined && connect === undefined) {
      // It may well be its key alone that is set.
      const problem = baseUrlVariable === '' ? '' : ` Or set ${baseUrlVariable}.`;
      complain(inFile('baseUrl'), `'providers.${name}' needs a 'baseUrl'.${problem}`);
      continue;
    }
    const said = fromVariable === undefined ? inFile('baseUrl') : locate.variable(baseUrlVariable);
    const baseUrl = address === undefined ? undefined : readBaseUrl(address);
    if (typeof baseUrl === 'object') {
      complain(said, `${baseUrl.problem}.`);
      continue;
    }
    const key = (keyVariable && filled(environment[keyVariable])) || filled(config?.apiKey);
    try {
      const credential = key === undefined ? undefined : new Secret(key);
      providers.push(build(definition, config ?? {}, baseUrl, credential, environment));
    } catch (thrown) {
      const where = enabler === undefined ? inFile() : locate.variable(enabler);
      complain(where, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
  if (diagnostics.length > 0) throw new ConfigError(diagnostics);
  return { providers, disabled };
}
