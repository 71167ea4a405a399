/** From definitions, variables and the config file to the providers that are enabled. */

import { Secret } from '../core/secret.ts';
import { version } from '../core/version.ts';
import type { Provider, ProviderDefinition } from '../providers/provider.ts';
import { builtInProviders } from '../providers/registry.ts';
import { readBaseUrl } from '../upstream/address.ts';
import { ConfigError, type Diagnostic, type Locator } from './diagnostics.ts';
import type { ProviderConfig } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Complain = (where: string, problem: string) => void;

export interface ProviderSet {
  readonly providers: readonly Provider[];
  readonly disabled: readonly ProviderDefinition[];
}

/** A provider of the config file, described as a built-in one would be. */
function definitionOf(name: string): ProviderDefinition {
  return {
    name,
    prefixes: [`${name}/`],
    models: [],
    dialects: ['openai-chat', 'openai-completions', 'openai-embeddings'],
    enabledBy: '',
    keyVariable: '',
    baseUrlVariable: '',
    forwardHeaders: [],
    replyHeaders: [],
    quirks: { streamUsage: true },
  };
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
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

function build(
  definition: ProviderDefinition,
  config: ProviderConfig,
  address: string | undefined,
  credential: Secret | undefined,
  environment: Environment,
): Provider {
  const connection = definition.connect?.({ environment, baseUrl: address, key: credential });
  const headers = requestHeaders(definition, config, credential);
  return {
    name: definition.name,
    prefixes: config.prefixes ?? definition.prefixes,
    models: config.models ?? definition.models,
    dialects: new Set(config.dialects ?? definition.dialects),
    baseUrl: address ?? '',
    credential,
    forwardHeaders: definition.forwardHeaders,
    replyHeaders: definition.replyHeaders,
    quirks: { streamUsage: config.quirks?.streamUsage ?? definition.quirks.streamUsage },
    transport: fetch,
    listsModels: config.quirks?.listsModels ?? definition.listsModels ?? true,
    ...connection,
    headers: { ...headers, ...connection?.headers },
    secrets: connection?.secrets ?? [],
  };
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
  const definitions = [...builtInProviders, ...custom.map(definitionOf)];
  const providers: Provider[] = [];
  const disabled: ProviderDefinition[] = [];

  for (const definition of definitions) {
    const config = configured[definition.name];
    const inFile = () => locate.setting(['providers', definition.name, 'baseUrl']);
    const key = filled(environment[definition.keyVariable]) ?? filled(config?.apiKey);
    const fromVariable = filled(environment[definition.baseUrlVariable]);
    const address = fromVariable ?? filled(config?.baseUrl) ?? definition.defaultBaseUrl;
    const isEnabled =
      filled(environment[definition.enabledBy]) !== undefined || definition.isEnabled?.(environment) === true;
    if (config === undefined && !isEnabled) {
      disabled.push(definition);
      continue;
    }
    if (address === undefined && definition.connect === undefined) {
      complain(inFile(), `'providers.${definition.name}' needs a 'baseUrl'.`);
      continue;
    }
    const said = fromVariable === undefined ? inFile() : locate.variable(definition.baseUrlVariable);
    const baseUrl = address === undefined ? undefined : readBaseUrl(address);
    if (typeof baseUrl === 'object') {
      complain(said, `${baseUrl.problem}.`);
      continue;
    }
    try {
      const credential = key === undefined ? undefined : new Secret(key);
      providers.push(build(definition, config ?? {}, baseUrl, credential, environment));
    } catch (thrown) {
      complain(
        locate.variable(definition.enabledBy),
        thrown instanceof Error ? thrown.message : String(thrown),
      );
    }
  }
  if (diagnostics.length > 0) throw new ConfigError(diagnostics);
  return { providers, disabled };
}
