/** What each target costs: the prices of the configuration, then those of the catalogue; looked up once for each target. */
import { GatewayError } from '../core/errors.ts';
import type { Provider, Target } from '../providers/provider.ts';
import type { Catalogue } from './catalogue.ts';
import type { CatalogueKeeper } from './kept-catalogue.ts';
import { ModelIndex } from './model-rule.ts';
import { type CurrentPrice, type Price, priceAt, type Rates } from './price.ts';

/** As in the configuration file: dollars a million tokens, or each. */
export interface ConfiguredPrice {
  readonly as?: string;
  readonly inputPerMTok?: number;
  readonly cachedInputPerMTok?: number;
  readonly cacheWritePerMTok?: number;
  readonly cacheWrite1hPerMTok?: number;
  readonly outputPerMTok?: number;
  readonly reasoningPerMTok?: number;
  readonly audioInputPerMTok?: number;
  readonly audioOutputPerMTok?: number;
  readonly imageInputPerMTok?: number;
  readonly imageOutputPerMTok?: number;
  readonly perRequest?: number;
  readonly perWebSearch?: number;
}

export interface PriceSettings {
  /** What happens to a call whose model has no price. */
  readonly unknown: 'flag' | 'refuse';
  /** By `provider/model`, both as they are named here; `*` at the end stands for any text. */
  readonly models: Readonly<Record<string, ConfiguredPrice>>;
}

/** The list of whoever charges nothing. */
const freeList = 'free';
const free: Price = { rates: {} };
const nano = 1_000_000_000;

/** Setting, kind, and how many nano-dollars a million units one dollar of it is. */
const settings: readonly (readonly [Exclude<keyof ConfiguredPrice, 'as'>, keyof Rates, number])[] = [
  ['inputPerMTok', 'input', nano],
  ['cachedInputPerMTok', 'cachedInput', nano],
  ['cacheWritePerMTok', 'cacheWrite', nano],
  ['cacheWrite1hPerMTok', 'cacheWrite1h', nano],
  ['outputPerMTok', 'output', nano],
  ['reasoningPerMTok', 'reasoning', nano],
  ['audioInputPerMTok', 'audioInput', nano],
  ['audioOutputPerMTok', 'audioOutput', nano],
  ['imageInputPerMTok', 'imageInput', nano],
  ['imageOutputPerMTok', 'imageOutput', nano],
  ['perRequest', 'request', nano * 1_000_000],
  ['perWebSearch', 'webSearch', nano * 1_000_000],
];

function ratesOf(configured: ConfiguredPrice): Rates | undefined {
  const told = settings.flatMap(([setting, kind, scale]) => {
    const dollars = configured[setting];
    return dollars === undefined ? [] : [[kind, Math.round(dollars * scale)] as const];
  });
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/** Whole names before beginnings, longer beginnings before shorter ones. */
function indexOf(models: PriceSettings['models']): ModelIndex<ConfiguredPrice> {
  const entries = Object.entries(models).map(([key, value]) => {
    const name = key.toLowerCase();
    return name.endsWith('*')
      ? { rank: -name.length, rules: [`^${name.slice(0, -1)}`], value }
      : { rank: -Infinity, rules: [`=${name}`], value };
  });
  return new ModelIndex(entries.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0)));
}

interface Known {
  readonly price: Price | undefined;
  readonly untilMs: number;
}

export class PriceBook {
  readonly #refusesUnknown: boolean;
  readonly #configured: ModelIndex<ConfiguredPrice>;
  readonly #keeper: CatalogueKeeper;
  #catalogue: Catalogue | undefined;
  #known = new WeakMap<Target, Known>();

  constructor({ unknown, models }: PriceSettings, keeper: CatalogueKeeper) {
    this.#refusesUnknown = unknown === 'refuse';
    this.#configured = indexOf(models);
    this.#keeper = keeper;
  }

  /** The day the prices in use are of, `2026-11-22`. */
  async asOf(): Promise<string> {
    this.#catalogue ??= await this.#keeper.load();
    return this.#catalogue.head.asOf;
  }

  /**
   * Undefined where nobody knows, and for a target that is no model's. A promise only when the catalogue is not in memory
   * yet. Throws, or rejects with, `price_unknown` where the configuration wants such calls refused.
   */
  priceOf(target: Target): Price | undefined | Promise<Price | undefined> {
    if (target.model === '') return undefined;
    const nowMs = Date.now();
    if (this.#catalogue !== undefined && this.#keeper.isStale(nowMs)) {
      this.#catalogue = undefined;
      this.#known = new WeakMap();
    }
    const known = this.#known.get(target);
    if (known !== undefined && nowMs < known.untilMs) return this.#admitted(target, known.price);
    if (this.#catalogue !== undefined) return this.#lookUp(target, this.#catalogue);
    // What costs nothing needs no catalogue: the first call of a start often goes to such a one.
    if (target.provider.priceList === freeList && this.#configuredFor(target) === undefined) return free;
    return this.#keeper.load().then((catalogue) => {
      this.#catalogue ??= catalogue;
      return this.#lookUp(target, this.#catalogue);
    });
  }

  /** The models of a provider that the catalogue knows: what there is to list where the provider itself lists none. */
  async modelsOf({ name, priceList = name }: Provider): Promise<readonly string[]> {
    // A list of which only parts are the provider's would have to be asked for each model.
    if (typeof priceList !== 'string' || priceList === freeList) return [];
    this.#catalogue ??= await this.#keeper.load();
    return this.#catalogue.modelsOf(priceList);
  }

  #admitted({ provider, model }: Target, price: Price | undefined): Price | undefined {
    if (price !== undefined || !this.#refusesUnknown) return price;
    throw new GatewayError(
      'price_unknown',
      `Nobody knows what '${provider.name}/${model}' costs, and such calls are refused here.`,
      { param: 'model' },
    );
  }

  #lookUp(target: Target, catalogue: Catalogue): Price | undefined {
    const found = this.#find(target, catalogue, Date.now());
    this.#known.set(target, { price: found?.price, untilMs: found?.untilMs ?? Infinity });
    return this.#admitted(target, found?.price);
  }

  #configuredFor({ provider, model }: Target): ConfiguredPrice | undefined {
    return this.#configured.find(`${provider.name}/${model}`.toLowerCase());
  }

  #find(target: Target, catalogue: Catalogue, nowMs: number): CurrentPrice | undefined {
    const { provider, model } = target;
    const configured = this.#configuredFor(target);
    if (configured !== undefined) {
      const { as } = configured;
      const cut = as?.indexOf('/') ?? -1;
      const like =
        as === undefined ? undefined : listed(catalogue, as.slice(0, cut), as.slice(cut + 1), nowMs);
      const rates = ratesOf(configured);
      if (rates === undefined) return like;
      return { price: { rates: { ...like?.price.rates, ...rates } }, untilMs: like?.untilMs ?? Infinity };
    }
    const { priceList = provider.name } = provider;
    if (priceList === freeList) return { price: free, untilMs: Infinity };
    const sought = typeof priceList === 'string' ? { list: priceList, model } : priceList(model);
    return listed(catalogue, sought.list, sought.model, nowMs);
  }
}

function listed(catalogue: Catalogue, list: string, model: string, nowMs: number): CurrentPrice | undefined {
  const found = catalogue.find(list, model);
  return found && priceAt(found.eras, nowMs);
}
