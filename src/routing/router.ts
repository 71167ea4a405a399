/** From the model a client names to the targets that can serve it, best first. */
import type { DialectName } from '../core/dialect-name.ts';
import { GatewayError } from '../core/errors.ts';
import {
  enablers,
  type Provider,
  type ProviderDefinition,
  spokenDialect,
  type Target,
} from '../providers/provider.ts';
import { matchesModel } from './model-pattern.ts';

export interface RouterOptions {
  /** Another list once they have changed. */
  readonly providers: readonly Provider[];
  /** Providers known but not enabled: named in the error that a call to their models gets. */
  readonly disabled: readonly ProviderDefinition[];
  /** Client-side name → model with provider prefix. */
  readonly aliases: Readonly<Record<string, string>>;
}

interface Named {
  readonly prefixes: readonly string[];
  readonly models: readonly string[];
}

/** As a segment of a URL's path these would take the segment before them away, however they are escaped. */
const folds: ReadonlySet<string> = new Set(['.', '..']);

/** The model under the provider's own name, or undefined when the name does not mean this provider. */
function nameAt(party: Named, model: string): string | undefined {
  // Half a surrogate pair has no form in a URL.
  if (!model.isWellFormed()) return undefined;
  const prefix = party.prefixes.find(
    (candidate) => model.startsWith(candidate) && model.length > candidate.length,
  );
  if (prefix !== undefined) {
    const name = model.slice(prefix.length);
    return folds.has(name) ? undefined : name;
  }
  return party.models.some((pattern) => matchesModel(pattern, model)) ? model : undefined;
}

/** Every name by which a client can mean this target, aliases apart. */
export function namesOf({ provider, model }: Target): readonly string[] {
  const prefixed = provider.prefixes.map((prefix) => prefix + model);
  return provider.models.some((pattern) => matchesModel(pattern, model)) ? [model, ...prefixed] : prefixed;
}

/** `why` is for the log: the client is told the same of a model that is not there and of one it may not use. */
export function unknownModel(asked: string, why?: string): GatewayError {
  return new GatewayError(
    'model_not_found',
    `The model '${asked}' does not exist or you do not have access to it. GET /v1/models lists the models here.`,
    { param: 'model', cause: why },
  );
}

function notOffered(asked: string, targets: readonly Target[]): GatewayError {
  const names = targets.map((target) => target.provider.name).join(', ');
  return new GatewayError(
    'operation_not_supported',
    `The provider '${names}' does not offer this endpoint for '${asked}'.`,
    { param: 'model' },
  );
}

/** Who should serve a request that names no model. */
export interface HostWishes {
  /** The provider that keeps what the request is about. */
  readonly owner?: string | undefined;
  /** The model that is meant where none is named. */
  readonly model?: string | undefined;
  /** Absent: any. */
  readonly mayUse?: ((provider: string) => boolean) | undefined;
}

type Targets = readonly [Target, ...Target[]];

interface Route {
  readonly targets: readonly Target[];
  /** Those that offer an API, as far as it was asked for. */
  readonly offering: Map<DialectName, Targets>;
}

export class Router {
  readonly #options: RouterOptions;
  /** Routes found before; bounded, since clients choose the names. */
  readonly #known = new Map<string, Route>();
  /** Of which those are. */
  #providers: readonly Provider[];

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#providers = options.providers;
  }

  get aliases(): Readonly<Record<string, string>> {
    return this.#options.aliases;
  }

  /** The targets of a model, whatever API they offer. Throws `model_not_found` or `provider_not_configured`. */
  targetsOf(model: string): readonly Target[] {
    return this.#routeOf(model).targets;
  }

  /** Throws `model_not_found`, `provider_not_configured` or `operation_not_supported`. */
  resolve(model: string, dialect: DialectName): Targets {
    const { targets, offering } = this.#routeOf(model);
    const known = offering.get(dialect);
    if (known !== undefined) return known;
    const [best, ...others] = targets.filter(
      ({ provider, model: name }) => spokenDialect(provider, name, dialect) !== undefined,
    );
    if (best === undefined) throw notOffered(model, targets);
    const found: Targets = [best, ...others];
    offering.set(dialect, found);
    return found;
  }

  #routeOf(model: string): Route {
    if (this.#providers !== this.#options.providers) {
      this.#providers = this.#options.providers;
      this.#known.clear();
    }
    let route = this.#known.get(model);
    if (route === undefined) {
      route = { targets: this.#find(model), offering: new Map() };
      if (this.#known.size >= 1000) this.#known.clear();
      this.#known.set(model, route);
    }
    return route;
  }

  /** Who offers a surface, for requests that name no model: whom the wishes name if it does, else the first that may be used. */
  host(surface: DialectName, { owner, model, mayUse }: HostWishes): Provider {
    const hosts = this.#options.providers.filter(
      ({ dialects, name }) => dialects.has(surface) && mayUse?.(name) !== false,
    );
    const host =
      hosts.find(({ name }) => name === owner) ??
      hosts.find((party) => model !== undefined && nameAt(party, model) !== undefined) ??
      hosts[0];
    if (host !== undefined) return host;
    throw new GatewayError(
      'operation_not_supported',
      `No provider configured here offers this endpoint (${surface}).`,
    );
  }

  #find(asked: string): readonly Target[] {
    const { providers, disabled, aliases } = this.#options;
    const model = Object.hasOwn(aliases, asked) ? (aliases[asked] ?? asked) : asked;
    for (const provider of providers) {
      const name = nameAt(provider, model);
      if (name !== undefined) return [{ provider, model: name }];
    }
    const missing = disabled.find((definition) => nameAt(definition, model) !== undefined);
    if (missing !== undefined)
      throw new GatewayError(
        'provider_not_configured',
        `The model '${asked}' belongs to '${missing.name}', which is not configured here: set ${enablers(missing).join(' or ')}.`,
        { param: 'model' },
      );
    throw unknownModel(asked);
  }
}
