/** The models clients may name: asked of the providers that list theirs, known of the others; kept for a minute. */
import type { JsonObject } from '../core/json.ts';
import type { Provider } from '../providers/provider.ts';
import type { Log } from '../telemetry/log.ts';
import { joinPath } from '../upstream/address.ts';
import { Exchange, type UpstreamLimits } from '../upstream/exchange.ts';
import type { TimerWheel } from '../upstream/timer-wheel.ts';
import { listingOf, type ModelPage } from './model-listing.ts';
import { matchesModel } from './model-pattern.ts';

const keptMs = 60_000;
/** A list that never ends is cut here. */
const maxPages = 20;

export interface ModelListOptions {
  readonly providers: readonly Provider[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly wheel: TimerWheel;
  readonly upstream: UpstreamLimits;
  readonly log: Log;
  /** Models that are known of a provider which lists none itself. */
  readonly known: (provider: Provider) => Promise<readonly string[]>;
}

/** An entry of `GET /v1/models`; fields beyond OpenAI's are the provider's own. */
export interface ModelEntry extends JsonObject {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
}

function clientName(provider: Provider, id: string): string {
  if (provider.models.some((pattern) => matchesModel(pattern, id))) return id;
  return `${provider.prefixes[0] ?? ''}${id}`;
}

export class ModelList {
  readonly #options: ModelListOptions;
  readonly #kept = new WeakMap<
    Provider,
    { readonly untilMs: number; readonly entries: Promise<readonly ModelEntry[]> }
  >();

  constructor(options: ModelListOptions) {
    this.#options = options;
  }

  /** Never rejects: a provider that does not answer is left out, and logged. */
  async all(): Promise<readonly ModelEntry[]> {
    const { providers, aliases } = this.#options;
    const lists = await Promise.all(providers.map((provider) => this.#of(provider)));
    const named = Object.keys(aliases).map(
      (id): ModelEntry => ({ id, object: 'model', created: 0, owned_by: 'opengateway' }),
    );
    const unique = new Map([...named, ...lists.flat()].map((entry) => [entry.id, entry]));
    return [...unique.values()];
  }

  async find(id: string): Promise<ModelEntry | undefined> {
    const entries = await this.all();
    return entries.find((entry) => entry.id === id) ?? this.#byOtherName(entries, id);
  }

  /** `openai/gpt-4o` for a model listed as `gpt-4o`. */
  #byOtherName(entries: readonly ModelEntry[], id: string): ModelEntry | undefined {
    for (const provider of this.#options.providers) {
      const prefix = provider.prefixes.find((candidate) => id.startsWith(candidate));
      if (prefix === undefined) continue;
      const listed = clientName(provider, id.slice(prefix.length));
      const entry = entries.find((candidate) => candidate.id === listed);
      if (entry !== undefined) return { ...entry, id };
    }
    return undefined;
  }

  #of(provider: Provider): Promise<readonly ModelEntry[]> {
    const kept = this.#kept.get(provider);
    if (kept !== undefined && kept.untilMs > performance.now()) return kept.entries;
    const entries = this.#ask(provider).catch((thrown: unknown) => {
      this.#kept.delete(provider);
      this.#options.log.event('warn', 'models.unavailable', {
        provider: provider.name,
        cause: String(thrown),
      });
      return [];
    });
    this.#kept.set(provider, { untilMs: performance.now() + keptMs, entries });
    return entries;
  }

  async #ask(provider: Provider): Promise<readonly ModelEntry[]> {
    if (!provider.listsModels)
      return (await this.#options.known(provider)).map((id) => ({
        id: clientName(provider, id),
        object: 'model',
        created: 0,
        owned_by: provider.name,
      }));
    const listing = listingOf(provider.dialects);
    const pages: ModelPage[] = [];
    let next: string | undefined;
    do {
      const page = listing.read(await this.#get(provider, listing.path(next)));
      pages.push(page);
      next = page.next;
    } while (next !== undefined && pages.length < maxPages);
    return pages
      .flatMap((page) => page.models)
      .map(({ id, createdAtS, ownedBy, fields }) => ({
        ...fields,
        id: clientName(provider, id),
        object: 'model',
        created: createdAtS,
        owned_by: ownedBy ?? provider.name,
      }));
  }

  async #get(provider: Provider, path: string): Promise<unknown> {
    const { wheel, upstream } = this.#options;
    const url = joinPath(provider.baseUrl, path);
    const { headers } = provider;
    const exchange = new Exchange(wheel, upstream, {
      provider: provider.name,
      transport: provider.transport,
      method: 'GET',
      url,
      headers: (await provider.authorize?.({ url, headers, body: '' })) ?? headers,
    });
    const response = await exchange.open();
    if (response.status !== 200) {
      exchange.close();
      throw new Error(`status ${response.status}`);
    }
    return JSON.parse(await exchange.readText());
  }
}
