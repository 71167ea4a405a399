/** Whether a price can be one: what is negative, absurd or the wrong way round is a mistake at the source. */
import type { CatalogueModel } from './catalogue.ts';
import { type Price, type Rates, rateKinds, type TieredRates } from './price.ts';

const nano = 1_000_000_000;
/** Dollars a million tokens beyond which no model has ever been sold; tools and requests are dearer by their nature. */
const dearest = { token: 2000 * nano, unit: 200_000 * nano };
/** A cached read dearer than a fresh one, or a write by more than this, is the wrong way round. */
const cachedReadAtMost = 1;
const cacheWriteAtMost = 2.6;
/** Output is dearer than input, by no more than this. */
const outputAtMost = 100;

function strangeRates(rates: Rates): string[] {
  const found: string[] = [];
  for (const kind of rateKinds) {
    const rate = rates[kind];
    if (rate === undefined) continue;
    const limit = kind === 'request' || kind === 'webSearch' ? dearest.unit : dearest.token;
    if (!Number.isSafeInteger(rate) || rate < 0) found.push(`${kind} ${rate} is no price`);
    else if (rate > limit) found.push(`${kind} ${rate / nano} USD is absurd`);
  }
  const { input, cachedInput, cacheWrite, cacheWrite1h, output } = rates;
  const dearer = (name: string, rate: number | undefined, than: number | undefined, factor: number) => {
    if (rate !== undefined && than !== undefined && rate > than * factor)
      found.push(`${name} ${rate / nano} USD is more than ${factor} times ${than / nano} USD`);
  };
  dearer('cachedInput', cachedInput, input, cachedReadAtMost);
  dearer('cacheWrite', cacheWrite, input, cacheWriteAtMost);
  dearer('cacheWrite1h', cacheWrite1h, input, cacheWriteAtMost);
  dearer('cacheWrite, kept for less than cacheWrite1h,', cacheWrite, cacheWrite1h, 1);
  if (input !== 0) dearer('output', output, input, outputAtMost);
  return found;
}

function strangeTiers({ rates, tiers = [] }: TieredRates): string[] {
  const found = strangeRates(rates);
  let [below, edge] = [rates, 0];
  for (const tier of tiers) {
    found.push(...strangeRates(tier.rates).map((what) => `above ${tier.above}: ${what}`));
    if (!Number.isSafeInteger(tier.above) || tier.above <= edge)
      found.push(`the tier ${tier.above} is out of order`);
    if ((tier.rates.input ?? 0) < (below.input ?? 0)) found.push(`above ${tier.above} input is cheaper`);
    [below, edge] = [tier.rates, tier.above];
  }
  return found;
}

function strangePrice(price: Price): string[] {
  return [
    ...strangeTiers(price),
    ...Object.entries(price.services ?? {}).flatMap(([name, own]) =>
      strangeTiers(own).map((what) => `${name}: ${what}`),
    ),
  ];
}

/** What is wrong with a model's prices and rules, in words. */
export function strangeIn({ rules, eras }: CatalogueModel): string[] {
  const prices = eras.flatMap(({ price, windows = [] }) => [price, ...windows.map((window) => window.price)]);
  const found = [...new Set(prices.flatMap(strangePrice))];
  const isRule = (rule: unknown) => typeof rule === 'string' && /^!?[=^$*][^A-Z\s]+$/.test(rule);
  for (const rule of rules.flat()) if (!isRule(rule)) found.push(`'${rule}' is no rule`);
  if (rules.length === 0) found.push('no rule');
  if (prices.length === 0) found.push('no price');
  return found;
}
