/** What the model behind a Converse id takes beyond Converse itself, as far as the id tells; an opaque ARN tells nothing. */
export interface ModelTraits {
  readonly family: 'claude' | 'nova' | 'other' | 'unknown';
  /** How it is told to think. */
  readonly thinking: 'budget' | 'adaptive' | 'either' | 'nova' | 'effort' | 'config' | 'none';
}

/** `claude-3-7-sonnet-20250219`, `claude-sonnet-4-20250514`, `claude-opus-4-6`: a date is no minor version. */
const claudeVersion = /claude-(?:[a-z]+-)?(\d{1,2})(?:-(\d{1,2})(?!\d))?(?!\d)/;

function claudeThinking(model: string): ModelTraits['thinking'] {
  const found = claudeVersion.exec(model);
  if (found === null) return /claude-(?:v\d|instant)/.test(model) ? 'none' : 'adaptive';
  const version = Number(found[1]) + Number(found[2] ?? 0) / 100;
  if (version < 3.07) return 'none';
  if (version < 4.06) return 'budget';
  // From 4.7 on a budget is refused.
  return version < 4.07 ? 'either' : 'adaptive';
}

export function traitsOf(model: string): ModelTraits {
  if (/claude/.test(model)) return { family: 'claude', thinking: claudeThinking(model) };
  if (/nova-2/.test(model)) return { family: 'nova', thinking: 'nova' };
  if (/nova/.test(model)) return { family: 'nova', thinking: 'none' };
  if (/gpt-oss/.test(model)) return { family: 'other', thinking: 'effort' };
  if (/qwen/.test(model)) return { family: 'other', thinking: 'config' };
  const isOpaque = model.startsWith('arn:') && !/inference-profile\/[a-z-]+\.|foundation-model/.test(model);
  return { family: isOpaque ? 'unknown' : 'other', thinking: 'none' };
}
