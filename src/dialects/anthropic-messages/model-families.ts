/**
 * What each family of models takes, as far as a request written for another API has to know: Anthropic's overview of
 * models and its migration guides, November 2026. A request of this dialect's own clients never asks here.
 */
export interface ModelFamily {
  /** Whether `thinking` takes a budget, decides by itself (`adaptive`), may do either, or does not exist. */
  readonly thinking: 'none' | 'budget' | 'either' | 'adaptive';
  /** The most tokens a reply may have; thinking counts. */
  readonly maxOutputTokens: number;
  /** `output_config.format`. */
  readonly structuredOutput: boolean;
  /** `one`: temperature or top_p, not both. `none`: only the default of any of them. */
  readonly samplers: 'all' | 'one' | 'none';
}

type Row = readonly [RegExp, ModelFamily];

function row(
  pattern: RegExp,
  maxOutputTokens: number,
  thinking: ModelFamily['thinking'],
  structuredOutput: boolean,
  samplers: ModelFamily['samplers'],
): Row {
  return [pattern, { maxOutputTokens, thinking, structuredOutput, samplers }];
}

/** The first that matches. Names come with what Bedrock and Vertex put around them. */
const families: readonly Row[] = [
  row(/claude-(?:instant|v?[12]\b|3-(?:haiku|opus|sonnet))/, 4096, 'none', false, 'all'),
  row(/claude-3-5-/, 8192, 'none', false, 'all'),
  row(/claude-3-7-/, 64_000, 'budget', false, 'all'),
  row(/claude-opus-4-1(?!\d)/, 32_000, 'budget', true, 'one'),
  row(/claude-opus-4(?:-0(?!\d)|[-@]\d{8}|$)/, 32_000, 'budget', false, 'all'),
  row(/claude-sonnet-4(?:-0(?!\d)|[-@]\d{8}|$)/, 64_000, 'budget', false, 'all'),
  row(/claude-(?:opus|sonnet|haiku)-4-5(?!\d)/, 64_000, 'budget', true, 'one'),
  row(/claude-opus-4-6(?!\d)/, 128_000, 'either', true, 'one'),
  row(/claude-sonnet-4-6(?!\d)/, 64_000, 'either', true, 'one'),
  row(/claude-opus-4-[78](?!\d)/, 128_000, 'adaptive', true, 'none'),
  // What comes later takes at least as much, and adaptive thinking alone.
  row(/claude-/, 64_000, 'adaptive', true, 'none'),
];

/** Models of others who speak this dialect: they take its words, or pass over them. */
const unknown: ModelFamily = {
  maxOutputTokens: 32_000,
  thinking: 'either',
  structuredOutput: true,
  samplers: 'all',
};

export function familyOf(model: string): ModelFamily {
  return families.find(([pattern]) => pattern.test(model))?.[1] ?? unknown;
}
