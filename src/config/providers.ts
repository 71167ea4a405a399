/** From definitions, variables and the config file to the providers that are enabled. */

import type { DialectName } from '../core/dialect-name.ts';
import { Secret } from '../core/secret.ts';
import { version } from '../core/version.ts';
import { customProvider } from '../providers/custom.ts';
import { type Connection, enablers, type Provider, type ProviderDefinition } from '../providers/provider.ts';
import { adaptTo, type Quirks } from '../providers/quirks.ts';
import { builtInProviders } from '../providers/registry.ts';
import { joinPath, readBaseUrl } from '../upstream/address.ts';
import { HttpClient } from '../upstream/http1/client.ts';
import type { Transport } from '../upstream/transport.ts';
import { ConfigError, type Diagnostic, type Locator } from './diagnostics.ts';
import type { ProviderConfig } from './provider-schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ProviderSet {
  readonly providers: readonly Provider[];
  readonly disabled: readonly ProviderDefinition[];
  readonly credentials: CredentialSettings;
}

/** What stands in the place of a credential that is not declared. */
export interface KeptKey {
  readonly provider: string;
  readonly apiKey: Secret;
  readonly baseUrl: string | null;
}

/** How credentials that are kept elsewhere go together with what is declared. */
export interface CredentialSettings {
  /** All there are, in the order in which they are asked whether a model is theirs. */
  readonly order: readonly string[];
  /** Provider → where its credential is declared. */
  readonly declared: ReadonlyMap<string, string>;
  /** Throws an Error that says what is wrong. */
  build(key: KeptKey): Provider;
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
  transport: Transport,
): Provider {
  const connection = definition.connect?.({ environment, baseUrl: address, key: credential, transport });
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
    transport,
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

/** Where the address comes from, and what it is. */
interface Address {
  readonly text: string | undefined;
  readonly isDeclared: boolean;
  readonly where: string;
}

class ProviderReader {
  readonly #configured: Readonly<Record<string, ProviderConfig>>;
  readonly #environment: Environment;
  readonly #locate: Locator;
  /** One for all, so that two at the same address share its connections. */
  readonly #transport: Transport;
  readonly definitions: readonly ProviderDefinition[];
  readonly diagnostics: Diagnostic[] = [];
  /** Provider → where its credential is declared. */
  readonly declared = new Map<string, string>();

  constructor(
    configured: Readonly<Record<string, ProviderConfig>>,
    environment: Environment,
    locate: Locator,
  ) {
    this.#configured = configured;
    this.#environment = environment;
    this.#locate = locate;
    this.#transport = new HttpClient({ environment });
    const custom = Object.keys(configured).filter(
      (name) => !builtInProviders.some((known) => known.name === name),
    );
    this.definitions = [
      ...builtInProviders,
      ...custom.map((name) => customProvider(name, configured[name]?.dialects)),
    ];
  }

  /** As it is declared; undefined where it is not, or complained of. */
  read(definition: ProviderDefinition): Provider | 'disabled' | undefined {
    const { name, connect } = definition;
    const config = this.#configOf(name);
    const enabler = this.#enablerOf(definition);
    const isEnabled = enabler !== undefined || definition.isEnabled?.(this.#environment) === true;
    if (config === undefined && !isEnabled) return 'disabled';
    checkForwarded(config?.forwardHeaders, (at, problem) =>
      this.#complain(this.#inFile(name, 'forwardHeaders', String(at)), problem),
    );
    const address = this.#addressOf(definition);
    if (address.text === undefined && connect === undefined) {
      // It may well be its key alone that is set.
      const { baseUrlVariable } = definition;
      const problem = baseUrlVariable === '' ? '' : ` Or set ${baseUrlVariable}.`;
      this.#complain(this.#inFile(name, 'baseUrl'), `'providers.${name}' needs a 'baseUrl'.${problem}`);
      return undefined;
    }
    const baseUrl = address.text === undefined ? undefined : readBaseUrl(address.text);
    if (typeof baseUrl === 'object') {
      this.#complain(address.where, `${baseUrl.problem}.`);
      return undefined;
    }
    const key = this.#keyOf(definition);
    const means = enabler === undefined ? this.#inFile(name) : this.#locate.variable(enabler);
    try {
      const credential = key === undefined ? undefined : new Secret(key.text);
      const provider = build(
        definition,
        config ?? {},
        baseUrl,
        credential,
        this.#environment,
        this.#transport,
      );
      // Some have a credential of their own kind: an application, a role.
      const where = key?.where ?? (provider.authorize === undefined ? undefined : means);
      if (where !== undefined) this.declared.set(name, where);
      return provider;
    } catch (thrown) {
      this.#complain(means, thrown instanceof Error ? thrown.message : String(thrown));
      return undefined;
    }
  }

  /** With a key that is not declared. Throws an Error. */
  readonly build = ({ provider: name, apiKey, baseUrl }: KeptKey): Provider => {
    const definition = this.definitions.find((known) => known.name === name);
    if (definition === undefined)
      throw new Error(`There is no provider '${name}': name a built-in one, or one of the config file.`);
    const isCustom = definition.enabledBy.length === 0;
    if (definition.keyVariable === undefined && !isCustom)
      throw new Error(`The provider '${name}' takes no API key.`);
    const address = this.#addressOf(definition);
    if (address.isDeclared && baseUrl !== null)
      throw new Error(`The address of '${name}' is declared by ${address.where}.`);
    const text = baseUrl ?? address.text;
    if (text === undefined && definition.connect === undefined)
      throw new Error(`The provider '${name}' has no address of its own: say which.`);
    const read = text === undefined ? undefined : readBaseUrl(text);
    if (typeof read === 'object') throw new Error(`The address of '${name}': ${read.problem}.`);
    return build(definition, this.#configOf(name) ?? {}, read, apiKey, this.#environment, this.#transport);
  };

  #configOf(name: string): ProviderConfig | undefined {
    return Object.hasOwn(this.#configured, name) ? this.#configured[name] : undefined;
  }

  #enablerOf(definition: ProviderDefinition): string | undefined {
    return enablers(definition).find((variable) => filled(this.#environment[variable]) !== undefined);
  }

  #addressOf({ name, baseUrlVariable, defaultBaseUrl }: ProviderDefinition): Address {
    const fromVariable = filled(this.#environment[baseUrlVariable]);
    const declared = fromVariable ?? filled(this.#configOf(name)?.baseUrl);
    const where =
      fromVariable === undefined ? this.#inFile(name, 'baseUrl') : this.#locate.variable(baseUrlVariable);
    return { text: declared ?? defaultBaseUrl, isDeclared: declared !== undefined, where };
  }

  #keyOf({
    name,
    keyVariable = '',
  }: ProviderDefinition): { readonly text: string; readonly where: string } | undefined {
    const fromVariable = filled(this.#environment[keyVariable]);
    if (fromVariable !== undefined) return { text: fromVariable, where: this.#locate.variable(keyVariable) };
    const fromFile = filled(this.#configOf(name)?.apiKey);
    return fromFile === undefined ? undefined : { text: fromFile, where: this.#inFile(name, 'apiKey') };
  }

  #inFile(name: string, ...keys: string[]): string {
    return this.#locate.setting(['providers', name, ...keys]);
  }

  #complain(where: string, problem: string): void {
    this.diagnostics.push({ where, problem });
  }
}

/** Throws a ConfigError. */
export function readProviders(
  configured: Readonly<Record<string, ProviderConfig>>,
  environment: Environment,
  locate: Locator,
): ProviderSet {
  const reader = new ProviderReader(configured, environment, locate);
  const providers: Provider[] = [];
  const disabled: ProviderDefinition[] = [];
  for (const definition of reader.definitions) {
    const read = reader.read(definition);
    if (read === 'disabled') disabled.push(definition);
    else if (read !== undefined) providers.push(read);
  }
  const { diagnostics, declared, definitions, build: buildWith } = reader;
  if (diagnostics.length > 0) throw new ConfigError(diagnostics);
  const order = definitions.map(({ name }) => name);
  return { providers, disabled, credentials: { order, declared, build: buildWith } };
}
