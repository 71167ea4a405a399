/**
 * The price catalogue built into the gateway: JSON lines, the first of which tells the sources, then for each provider a line and
 * one for each of its models. A provider's lines are read when it is first asked about.
 */
import { isCalled, namesOf } from './model-names.ts';
import { ModelIndex, type ModelRule } from './model-rule.ts';
import type { PriceEra } from './price.ts';

export interface CatalogueSource {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly url: string;
  readonly role: 'prices' | 'cross-check';
}

/** The first line. */
export interface CatalogueHead {
  /** The day for which the prices were taken, `2026-11-22`; later changes that were known then are in it, earlier ones are not. */
  readonly asOf: string;
  readonly sources: readonly CatalogueSource[];
}

/** The line of a provider. */
export interface CatalogueProvider {
  readonly provider: string;
  /** Whose prices hold for models that have none here. */
  readonly fallback?: readonly string[];
}

/** The line of a model. */
export interface CatalogueModel {
  readonly model: string;
  readonly rules: readonly ModelRule[];
  readonly eras: readonly PriceEra[];
}

interface ProviderPrices {
  readonly names: readonly string[];
  readonly fallback: readonly string[];
  readonly models: ModelIndex<CatalogueModel>;
}

const providerStart = '\n{"provider":';

export class Catalogue {
  readonly head: CatalogueHead;
  readonly text: string;
  readonly #read = new Map<string, ProviderPrices | undefined>();

  constructor(text: string) {
    this.text = text;
    this.head = JSON.parse(text.slice(0, text.indexOf('\n'))) as CatalogueHead;
  }

  /** The model that `name` means at a provider, both under the catalogue's names; undefined where nobody has a price for it. */
  find(provider: string, name: string): CatalogueModel | undefined {
    const prices = this.#pricesOf(provider);
    if (prices === undefined) return undefined;
    const names = namesOf(name);
    for (const list of [prices, ...prices.fallback.map((other) => this.#pricesOf(other))])
      for (const each of names) {
        const model = list?.models.find(each);
        if (model !== undefined) return model;
      }
    return undefined;
  }

  /** The models a provider has prices for, under the catalogue's names. */
  modelsOf(provider: string): readonly string[] {
    return this.#pricesOf(provider)?.names.filter(isCalled) ?? [];
  }

  #pricesOf(provider: string): ProviderPrices | undefined {
    if (!this.#read.has(provider)) this.#read.set(provider, this.#readProvider(provider));
    return this.#read.get(provider);
  }

  #readProvider(provider: string): ProviderPrices | undefined {
    const start = this.text.indexOf(`${providerStart}${JSON.stringify(provider)}`);
    if (start === -1) return undefined;
    const next = this.text.indexOf(providerStart, start + 1);
    const [first = '{}', ...lines] = this.text
      .slice(start + 1, next === -1 ? undefined : next)
      .trimEnd()
      .split('\n');
    const { fallback = [] } = JSON.parse(first) as CatalogueProvider;
    const models = lines.map((line) => {
      const value = JSON.parse(line) as CatalogueModel;
      return { rules: value.rules, value };
    });
    return { names: models.map(({ value }) => value.model), fallback, models: new ModelIndex(models) };
  }
}
