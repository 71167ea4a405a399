/** What a provider is: mostly data. A definition says how it is reached; a provider is a definition with its settings. */
import { canTranslate, type DialectName } from '../core/dialect-name.ts';
import type { JsonObject } from '../core/json.ts';
import type { Losses } from '../core/losses.ts';
import type { Secret } from '../core/secret.ts';
import type { Transport } from '../upstream/transport.ts';
import type { Quirks } from './quirks.ts';

/** Which values of `anthropic-beta` a provider is sent; `*` stands for any text. It may answer an error to the rest. */
export interface BetaFilter {
  /** Only these; absent means all. */
  readonly allow?: readonly string[];
  /** None of these. */
  readonly deny?: readonly string[];
}

/** What it is in the price catalogue, where that has another name for it, or one for each of its parts. */
export type PriceList = string | ((model: string) => { readonly list: string; readonly model: string });

export interface ProviderDefinition {
  /** The name in configuration, headers, logs and metrics. */
  readonly name: string;
  /** Written before a model's name to choose this provider: `openai/`. */
  readonly prefixes: readonly string[];
  /** Model names that mean this provider without a prefix; `*` stands for any text. */
  readonly models: readonly string[];
  readonly dialects: readonly DialectName[];
  /** The environment variables any one of which enables it: its key, or its address where no key is needed. */
  readonly enabledBy: string | readonly string[];
  /** Further ways to be enabled, where no one variable says it. */
  readonly isEnabled?: (environment: ConnectSettings['environment']) => boolean;
  /** Absent where its credential is no key. */
  readonly keyVariable?: string;
  /** The header its key goes in, lower case; absent means `authorization`, as `Bearer`. */
  readonly keyHeader?: string;
  /** Sent with every request; a client's own header of that name replaces it where it is passed on. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly baseUrlVariable: string;
  /** Absent where there is no public address. */
  readonly defaultBaseUrl?: string;
  /** What stands between the base URL and a dialect's paths, for dialects that are not spoken at the base URL itself. */
  readonly dialectRoots?: Readonly<Partial<Record<DialectName, string>>>;
  /** Client headers passed on, lower case. */
  readonly forwardHeaders: readonly string[];
  /** Reply headers of its own that are passed on to the client, lower case. */
  readonly replyHeaders: readonly string[];
  readonly betas?: BetaFilter;
  readonly quirks: Quirks;
  readonly priceList?: PriceList;
  /** Whether it lists its models, in the way of the dialect it prefers; absent means yes. */
  readonly listsModels?: boolean;
  /** Named to those who have configured no provider yet. */
  readonly isSuggested?: boolean;
  /** Further variables it reads, with what they mean. */
  readonly variables?: Readonly<Record<string, string>>;
  /** For a provider that is more than data. Throws an Error that says what is missing, and which variable sets it. */
  readonly connect?: (settings: ConnectSettings) => Connection;
}

export interface ConnectSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** From the config file, the definition's variable or its default, checked. */
  readonly baseUrl: string | undefined;
  readonly key: Secret | undefined;
  /** How the gateway reaches its upstreams. */
  readonly transport: Transport;
}

/** What a provider that is more than data adds to its definition. */
export interface Connection
  extends Partial<
    Pick<
      Provider,
      | 'baseUrl'
      | 'headers'
      | 'dialectsOf'
      | 'url'
      | 'adapt'
      | 'authorize'
      | 'transport'
      | 'listsModels'
      | 'quirks'
    >
  > {
  /** Everything that must never be seen in a log or reply, beside the key; may change as tokens come and go. */
  readonly secrets?: readonly Secret[];
}

/** What decides where a request goes and what shape its body has. */
export interface Route {
  readonly model: string;
  readonly dialect: DialectName;
  readonly stream: boolean;
}

export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Provider {
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly models: readonly string[];
  /** What it speaks, the dialect calls are best translated to first. */
  readonly dialects: ReadonlySet<DialectName>;
  /** Where what it speaks depends on the model. */
  readonly dialectsOf?: (model: string) => ReadonlySet<DialectName>;
  /** Where an address is more than the base URL and the dialect's path. */
  readonly url?: (route: Route & { readonly path: string }) => string;
  /**
   * Where a body differs from what its dialect says. Gives back the same object where there is nothing to change, and
   * names what it leaves out in `losses`.
   */
  readonly adapt?: (body: JsonObject, route: Route, losses: Losses) => JsonObject;
  /** All headers of a request whose credential is made for it: a signature, a token that expires. */
  readonly authorize?: (request: OutgoingRequest) => Promise<Record<string, string>>;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly credential: Secret | undefined;
  /** Everything else that must never be seen in a log or reply. */
  readonly secrets: readonly Secret[];
  /** Sent with every request, the credential's header included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly forwardHeaders: readonly string[];
  readonly replyHeaders: readonly string[];
  readonly betas?: BetaFilter;
  readonly quirks: Quirks;
  readonly priceList?: PriceList;
  readonly transport: Transport;
  /** Whether it lists its models, in the way of the dialect it prefers. */
  readonly listsModels: boolean;
}

/** Where an attempt goes: a provider, and the model under that provider's own name. */
export interface Target {
  readonly provider: Provider;
  readonly model: string;
}

/** The variables any one of which enables a provider, the one to name first at the front. */
export function enablers({ enabledBy }: ProviderDefinition): readonly string[] {
  return typeof enabledBy === 'string' ? [enabledBy] : enabledBy;
}

/** Takes everything secret out of what a provider says. */
export function scrub({ credential, secrets }: Provider, text: string): string {
  const clean = credential === undefined ? text : credential.scrub(text);
  return secrets.reduce((scrubbed, secret) => secret.scrub(scrubbed), clean);
}

/** The dialect in which a call is put to a provider: the client's own where it can be; undefined where none will do. */
export function spokenDialect(
  provider: Provider,
  model: string,
  asked: DialectName,
): DialectName | undefined {
  const spoken = provider.dialectsOf?.(model) ?? provider.dialects;
  if (spoken.has(asked)) return asked;
  for (const name of spoken) if (canTranslate(asked, name)) return name;
  return undefined;
}
