/** Compares the prices with a second source that collects them apart from the first, kind by kind. */
import type { Rates, TieredRates } from '../../src/ledger/price.ts';
import { nanoUsd, type ProviderEntry } from './primary.ts';

/** An entry of the second source: dollars a token, by kind. */
export type Second = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the second source writes before the names of a provider's models, ours first. */
const prefixes: Readonly<Record<string, readonly string[]>> = {
  anthropic: [''],
  aws: [''],
  cerebras: ['cerebras/'],
  cohere: [''],
  deepseek: ['deepseek/'],
  fireworks: ['fireworks_ai/', 'fireworks_ai/accounts/fireworks/models/'],
  google: ['gemini/', 'vertex_ai/'],
  groq: ['groq/'],
  minimax: ['minimax/'],
  mistral: ['mistral/'],
  moonshotai: ['moonshot/'],
  novita: ['novita/'],
  openai: [''],
  openrouter: ['openrouter/'],
  ovhcloud: ['ovhcloud/'],
  perplexity: ['perplexity/'],
  together: ['together_ai/'],
  voyageai: ['voyage/'],
  'x-ai': ['xai/'],
  zai: ['zai/'],
};

const kinds: Readonly<Partial<Record<keyof Rates, string>>> = {
  input: 'input_cost_per_token',
  cachedInput: 'cache_read_input_token_cost',
  cacheWrite: 'cache_creation_input_token_cost',
  cacheWrite1h: 'cache_creation_input_token_cost_above_1hr',
  audioInput: 'input_cost_per_audio_token',
  imageInput: 'input_cost_per_image_token',
  output: 'output_cost_per_token',
  reasoning: 'output_cost_per_reasoning_token',
  audioOutput: 'output_cost_per_audio_token',
  imageOutput: 'output_cost_per_image_token',
};

export interface Difference {
  /** `provider/model kind`, with the tier or service it is of. */
  readonly key: string;
  /** Dollars a million. */
  readonly ours: number;
  readonly theirs: number;
  /** How many times the smaller the larger is; Infinity where one is nothing. */
  readonly factor: number;
}

export interface Comparison {
  readonly compared: number;
  readonly equal: number;
  readonly models: number;
  readonly differences: readonly Difference[];
}

const nano = 1_000_000_000;

function comparable(ours: TieredRates, suffix: string): [name: string, field: string, rate: number][] {
  const of = (rates: Rates, name: string, tail: string) =>
    Object.entries(kinds).flatMap(([kind, field]): [string, string, number][] => {
      const rate = rates[kind as keyof Rates];
      return rate === undefined ? [] : [[`${kind}${name}`, `${field}${tail}`, rate]];
    });
  return [
    ...of(ours.rates, '', suffix),
    ...(ours.tiers ?? []).flatMap(({ above, rates }) =>
      of(rates, ` above ${above}`, `_above_${Math.round(above / 1000)}k_tokens${suffix}`),
    ),
  ];
}

export function compare(entries: readonly ProviderEntry[], second: Second): Comparison {
  const differences: Difference[] = [];
  let [compared, equal, models] = [0, 0, 0];
  for (const { provider, models: priced } of entries)
    for (const { model, rules, eras } of priced) {
      const price = eras[0]?.price;
      const names = [
        model,
        ...rules.flatMap((rule) => (typeof rule === 'string' && rule.startsWith('=') ? [rule.slice(1)] : [])),
      ];
      const theirs = names
        .flatMap((name) => (prefixes[provider.provider] ?? []).map((prefix) => second[prefix + name]))
        .find((entry) => entry !== undefined);
      if (price === undefined || theirs === undefined) continue;
      models++;
      const services = Object.entries(price.services ?? {});
      const rows = [
        ...comparable(price, '').map((row) => ['', ...row] as const),
        ...services.flatMap(([name, own]) =>
          comparable(own, name === 'batch' ? '_batches' : `_${name}`).map(
            (row) => [`${name} `, ...row] as const,
          ),
        ),
      ];
      for (const [service, name, field, ours] of rows) {
        const told = theirs[field];
        if (typeof told !== 'number') continue;
        compared++;
        const other = nanoUsd(told.toString(), 1);
        // Theirs is a binary fraction: a millionth apart is the same.
        if (Math.abs(ours - other) <= Math.max(ours, other) / 1_000_000) equal++;
        else
          differences.push({
            key: `${provider.provider}/${model} ${service}${name}`,
            ours: ours / nano,
            theirs: other / nano,
            factor: Math.min(ours, other) === 0 ? Infinity : Math.max(ours, other) / Math.min(ours, other),
          });
      }
    }
  return { compared, equal, models, differences };
}
