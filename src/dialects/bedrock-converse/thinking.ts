/** A wish for reasoning as `additionalModelRequestFields` in the words of the model that is asked. */
import type { Call, ReasoningRequest } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ModelTraits } from './model-traits.ts';

/** The least a Claude model takes; a budget must also stay below `maxTokens`, which includes thinking. */
const leastBudget = 1024;
const budgets: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 32_000,
  max: 32_000,
};
const claudeEfforts: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
const plainEfforts: ReadonlySet<string> = new Set(['low', 'medium', 'high']);

function nearest(effort: string, known: ReadonlySet<string>, losses: Losses): string {
  if (known.has(effort)) return effort;
  losses.add(`reasoning effort ${effort}`);
  return effort === 'minimal' ? 'low' : 'high';
}

function budgeted({ reasoning, maxOutputTokens }: Call, losses: Losses): JsonObject {
  const wanted = reasoning?.budgetTokens ?? budgets[reasoning?.effort ?? 'medium'] ?? budgets.medium;
  const room = (maxOutputTokens ?? Number.POSITIVE_INFINITY) - 1;
  if (room < leastBudget) {
    losses.add('reasoning (too few output tokens)');
    return {};
  }
  if (reasoning?.show === false) losses.add('reasoning that is not shown');
  if (reasoning?.budgetTokens === undefined) losses.add('reasoning effort (sent as a budget)');
  const budget = Math.max(leastBudget, Math.min(wanted ?? leastBudget, room));
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

function adaptive({ effort, show }: ReasoningRequest, losses: Losses): JsonObject {
  const display = show === undefined ? {} : { display: show ? 'summarized' : 'omitted' };
  const said = effort === undefined ? undefined : nearest(effort, claudeEfforts, losses);
  return {
    thinking: { type: 'adaptive', ...display },
    ...(said !== undefined && { output_config: { effort: said } }),
  };
}

function forClaude(call: Call, traits: ModelTraits, losses: Losses): JsonObject {
  const { reasoning = {} } = call;
  const { mode, budgetTokens } = reasoning;
  const choice = call.toolChoice?.type;
  if (choice === 'required' || choice === 'named') {
    // Claude refuses both at once, and the tool is what the caller waits for.
    losses.add('reasoning (a tool is forced)');
    return {};
  }
  if (traits.thinking === 'budget') return budgeted(call, losses);
  if (traits.thinking === 'either' && mode !== 'adaptive' && budgetTokens !== undefined)
    return budgeted(call, losses);
  if (budgetTokens !== undefined && budgetTokens > 0) losses.add('reasoning budget');
  return adaptive(reasoning, losses);
}

/** Most models think only when told to; those that always do cannot be told not to. */
function switchedOff({ family, thinking }: ModelTraits, losses: Losses): JsonObject {
  if (family === 'claude' && thinking !== 'none') return { thinking: { type: 'disabled' } };
  if (thinking === 'effort') losses.add('reasoning off');
  return {};
}

/** Nothing where nothing is wanted, or where the model has no word for it, which is then a loss. */
export function thinkingFields(call: Call, traits: ModelTraits, losses: Losses): JsonObject {
  const { mode, effort, budgetTokens, show } = call.reasoning ?? {};
  if (mode === undefined && effort === undefined && budgetTokens === undefined) {
    // Whether it thinks at all is the model's own affair then.
    if (show !== undefined) losses.add('whether reasoning is shown');
    return {};
  }
  if (mode === 'disabled' || effort === 'none') return switchedOff(traits, losses);
  switch (traits.thinking) {
    case 'budget':
    case 'adaptive':
    case 'either':
      return forClaude(call, traits, losses);
    case 'nova':
      return {
        reasoningConfig: {
          type: 'enabled',
          maxReasoningEffort: nearest(effort ?? 'medium', plainEfforts, losses),
        },
      };
    case 'effort':
      return { reasoning_effort: nearest(effort ?? 'medium', plainEfforts, losses) };
    case 'config':
      return { reasoning_config: nearest(effort ?? 'medium', plainEfforts, losses) };
    case 'none':
      losses.add('reasoning');
      return {};
  }
}
