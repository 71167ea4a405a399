/** Reads the prices as genai-prices tells them, into the catalogue's form; every price it cannot hold is counted by kind. */
import type { CatalogueModel, CatalogueProvider } from '../../src/ledger/catalogue.ts';
import type { ModelRule } from '../../src/ledger/model-rule.ts';
import type { DailyWindow, Price, PriceEra, Rates, TieredRates } from '../../src/ledger/price.ts';
import { ruleTexts } from './regex-rules.ts';

type Match = {
  readonly equals?: string;
  readonly starts_with?: string;
  readonly ends_with?: string;
  readonly contains?: string;
  readonly regex?: string;
  readonly or?: readonly Match[];
  readonly and?: readonly Match[];
};
type TieredPrice = { readonly base: string; readonly tiers: readonly { start: number; price: string }[] };
type Prices = Readonly<Record<string, string | TieredPrice>>;
interface Constraint {
  readonly start_date?: string;
  readonly start_time?: string;
  readonly end_time?: string;
}
interface Conditional {
  readonly constraint?: Constraint;
  readonly prices: Prices;
}
interface Variant extends Conditional {
  readonly when: Readonly<Record<string, string>>;
}
interface Model {
  readonly id: string;
  readonly match: Match;
  readonly prices: Prices | readonly Conditional[];
  readonly price_variants?: readonly Variant[];
}
export interface Provider {
  readonly id: string;
  readonly models: readonly Model[];
  readonly fallback_model_providers?: readonly string[];
}

export interface ProviderEntry {
  readonly provider: CatalogueProvider;
  readonly models: readonly CatalogueModel[];
}

/** Resellers whose seats are no API: their names would only be mistaken for somebody else's. */
const leftOut: ReadonlySet<string> = new Set(['cursor', 'github-copilot', 'openai-decisions', 'typesafe']);

/** Their price, our kind, and how many units theirs is for. */
const kinds: Readonly<Record<string, readonly [kind: keyof Rates, per: number]>> = {
  input_mtok: ['input', 1e6],
  cache_read_mtok: ['cachedInput', 1e6],
  cache_write_mtok: ['cacheWrite', 1e6],
  cache_write_1h_mtok: ['cacheWrite1h', 1e6],
  input_audio_mtok: ['audioInput', 1e6],
  cache_audio_read_mtok: ['cachedAudioInput', 1e6],
  input_image_mtok: ['imageInput', 1e6],
  cache_image_read_mtok: ['cachedImageInput', 1e6],
  output_mtok: ['output', 1e6],
  output_reasoning_mtok: ['reasoning', 1e6],
  output_audio_mtok: ['audioOutput', 1e6],
  output_image_mtok: ['imageOutput', 1e6],
  requests_kcount: ['request', 1e3],
  web_searches_kcount: ['webSearch', 1e3],
};

/** Which of their contexts is which tier of service; others (a route, a kind of search) are not known when a call is priced. */
function serviceOf(when: Variant['when']): string | undefined {
  const [[key, value] = [], ...more] = Object.entries(when);
  if (more.length > 0 || key === undefined || !['processing', 'service_tier', 'speed'].includes(key))
    return undefined;
  return value;
}

/** Dollars in decimal, exactly, as nano-dollars a million units. Throws for what is no price. */
export function nanoUsd(dollars: string, per: number): number {
  const match = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(dollars);
  if (match === null) throw new Error(`'${dollars}' is no price`);
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const places = 9 + Math.log10(1e6 / per) + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  if (places >= 0) return Number(digits * 10n ** BigInt(places));
  const divisor = 10n ** BigInt(-places);
  // Dearer by less than a nano-dollar a million tokens.
  return Number((digits + divisor / 2n) / divisor);
}

function rulesOf(match: Match): ModelRule[] {
  const rule = (mark: string, text: string | undefined) =>
    text === undefined ? [] : [mark + text.toLowerCase()];
  if (match.or !== undefined) return match.or.flatMap(rulesOf);
  if (match.and !== undefined) return [match.and.flatMap(rulesOf).flat()];
  if (match.regex !== undefined) return ruleTexts(match.regex);
  return [
    ...rule('=', match.equals),
    ...rule('^', match.starts_with),
    ...rule('$', match.ends_with),
    ...rule('*', match.contains),
  ];
}

function tieredRates(prices: Prices): TieredRates | undefined {
  const known = Object.entries(prices).filter(([key]) => kinds[key] !== undefined);
  if (known.length === 0) return undefined;
  const edges = new Set(
    known.flatMap(([, price]) => (typeof price === 'string' ? [] : price.tiers.map(({ start }) => start))),
  );
  const ratesAbove = (edge: number): Rates =>
    Object.fromEntries(
      known.map(([key, price]) => {
        const [kind, per] = kinds[key] as readonly [keyof Rates, number];
        const dollars =
          typeof price === 'string'
            ? price
            : (price.tiers.findLast(({ start }) => start <= edge)?.price ?? price.base);
        return [kind, nanoUsd(dollars, per)];
      }),
    );
  const tiers = [...edges].sort((a, b) => a - b).map((above) => ({ above, rates: ratesAbove(above) }));
  return { rates: ratesAbove(-1), ...(tiers.length > 0 && { tiers }) };
}

function startOf(entry: Conditional): string {
  return entry.constraint?.start_date ?? '';
}

function isDaily(entry: Conditional): boolean {
  return entry.constraint?.start_time !== undefined;
}

function priceOf(prices: Prices, variants: readonly Variant[], date: string): Price | undefined {
  const usual = tieredRates(prices);
  if (usual === undefined) return undefined;
  const services: Record<string, TieredRates> = {};
  const names = new Set(variants.flatMap(({ when }) => serviceOf(when) ?? []));
  for (const name of names) {
    const own = variants.find((variant) => serviceOf(variant.when) === name && startOf(variant) <= date);
    if (own === undefined || Object.keys(own.prices).length === 0) continue;
    const rates = tieredRates({ ...prices, ...own.prices });
    if (rates !== undefined) services[name] = rates;
  }
  return { ...usual, ...(Object.keys(services).length > 0 && { services }) };
}

function secondsOf(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.slice(0, 8).split(':').map(Number);
  if (!/^\d\d:\d\d:\d\d(?:Z|\+00:00)$/.test(time)) throw new Error(`'${time}' is no time in UTC`);
  return hours * 3600 + minutes * 60 + seconds;
}

function windowsOf(
  entries: readonly Conditional[],
  variants: readonly Variant[],
  date: string,
): DailyWindow[] {
  // The last that is active wins with them; the first that is open, here.
  return entries.toReversed().flatMap(({ constraint, prices }) => {
    const price = priceOf(prices, variants, date);
    if (price === undefined || constraint?.start_time === undefined || constraint.end_time === undefined)
      return [];
    return [{ start: secondsOf(constraint.start_time), end: secondsOf(constraint.end_time), price }];
  });
}

/** What holds on `asOf`, and every later change that is known. */
function erasOf({ id, prices, price_variants: variants = [] }: Model, asOf: string): PriceEra[] {
  const entries: readonly Conditional[] = Array.isArray(prices) ? prices : [{ prices: prices as Prices }];
  const dates = new Set([...entries, ...variants].map(startOf).filter((date) => date > asOf));
  const eras: PriceEra[] = [];
  for (const date of [asOf, ...[...dates].sort()]) {
    const from = entries.findLastIndex((entry) => !isDaily(entry) && startOf(entry) <= date);
    const price = entries[from] && priceOf(entries[from].prices, variants, date);
    if (from === -1) throw new Error(`${id} has no price on ${date}`);
    if (price === undefined) continue;
    const windows = windowsOf(entries.slice(from + 1).filter(isDaily), variants, date);
    const era = { price, ...(windows.length > 0 && { windows }) };
    const before = eras.at(-1);
    if (
      before !== undefined &&
      JSON.stringify({ price: before.price, windows: before.windows }) ===
        JSON.stringify({ price, windows: windows.length > 0 ? windows : undefined })
    )
      continue;
    eras.push(date === asOf ? era : { fromMs: Date.parse(`${date}T00:00:00Z`), ...era });
  }
  return eras;
}

/** In the order of the source, which decides between rules; `unheld` counts prices by kind that the catalogue has no place for. */
export function readPrimary(
  providers: readonly Provider[],
  asOf: string,
  unheld: Map<string, number>,
): ProviderEntry[] {
  return providers
    .filter(({ id }) => !leftOut.has(id))
    .map(({ id, models, fallback_model_providers: fallback }) => ({
      provider: { provider: id, ...(fallback !== undefined && { fallback }) },
      models: models.map((model) => {
        for (const { prices } of Array.isArray(model.prices)
          ? model.prices
          : [{ prices: model.prices as Prices }])
          for (const kind of Object.keys(prices as Prices))
            if (kinds[kind] === undefined) unheld.set(kind, (unheld.get(kind) ?? 0) + 1);
        return { model: model.id, rules: rulesOf(model.match), eras: erasOf(model, asOf) };
      }),
    }));
}
