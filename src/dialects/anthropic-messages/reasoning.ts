/** How much another API's client wants the model to think, in Anthropic's words for the model it goes to. */
import type { Call, ReasoningRequest } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ModelFamily } from './model-families.ts';

/** The API's own lower bound. */
const minBudget = 1024;

/** Tokens of thinking for an effort, where a model takes a budget. */
const budgets: Readonly<Record<string, number>> = {
  minimal: minBudget,
  low: 4096,
  medium: 12_288,
  high: 24_576,
  xhigh: 32_768,
  max: 49_152,
};

/** The effort that stands for a budget, where a model takes none. */
function effortOf(budget: number): string {
  if (budget <= 4096) return 'low';
  return budget <= 16_384 ? 'medium' : 'high';
}

export interface Thinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

function isOff({ mode, effort, budgetTokens }: ReasoningRequest): boolean {
  return mode === 'disabled' || (mode === undefined && (effort === 'none' || budgetTokens === 0));
}

/** At least 1024 and less than the whole; undefined when there is no such number. */
function budgetFor({ effort, budgetTokens }: ReasoningRequest, maxTokens: number): number | undefined {
  if (maxTokens <= minBudget) return undefined;
  const wanted =
    budgetTokens !== undefined && budgetTokens > 0
      ? Math.min(budgetTokens, maxTokens - 1)
      : // An effort is no promise: half of the tokens are left for the answer.
        Math.min(budgets[effort ?? 'medium'] ?? minBudget, Math.floor(maxTokens / 2));
  return Math.max(minBudget, wanted);
}

function adaptive(
  { effort, budgetTokens, show }: ReasoningRequest,
  family: ModelFamily,
  losses: Losses,
): Thinking {
  const thinking: JsonObject = { type: 'adaptive' };
  if (show !== undefined) thinking.display = show ? 'summarized' : 'omitted';
  const said =
    effort ?? (budgetTokens !== undefined && budgetTokens > 0 ? effortOf(budgetTokens) : undefined);
  if (said === undefined || said === 'none') return { thinking };
  if (effort === undefined) losses.add('reasoning budget (said as an effort)');
  // `xhigh` came with the models that take no budget any more.
  const lower =
    said === 'minimal' ? 'low' : said === 'xhigh' && family.thinking === 'either' ? 'high' : undefined;
  if (lower !== undefined) losses.add(`reasoning effort ${said}`);
  return { thinking, effort: lower ?? said };
}

/** Forced tools exclude thinking (400): the tool is what the client acts on, so the thinking goes. */
function forcesTool({ toolChoice, tools }: Call): boolean {
  const isForced = toolChoice?.type === 'required' || toolChoice?.type === 'named';
  return isForced && tools !== undefined && tools.length > 0;
}

export function writeReasoning(call: Call, family: ModelFamily, maxTokens: number, losses: Losses): Thinking {
  const { reasoning } = call;
  if (reasoning === undefined) return {};
  if (isOff(reasoning)) return family.thinking === 'none' ? {} : { thinking: { type: 'disabled' } };
  if (family.thinking === 'none') {
    losses.add('reasoning');
    return {};
  }
  const takesBudget =
    family.thinking === 'budget' || (family.thinking === 'either' && (reasoning.budgetTokens ?? 0) > 0);
  if (forcesTool(call)) {
    losses.add('reasoning');
    const { effort } = takesBudget ? {} : adaptive(reasoning, family, losses);
    return effort === undefined ? {} : { effort };
  }
  if (!takesBudget) return adaptive(reasoning, family, losses);
  const budget = budgetFor(reasoning, maxTokens);
  if (budget === undefined) {
    losses.add('reasoning');
    return {};
  }
  if (reasoning.show === false) losses.add('reasoning that is not shown');
  if (reasoning.effort !== undefined && !((reasoning.budgetTokens ?? 0) > 0))
    losses.add('reasoning effort (sent as a budget)');
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}
