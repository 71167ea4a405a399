/**
 * How much a model shall think, in the many spellings of servers that speak OpenAI Chat: `reasoning_effort` (OpenAI),
 * `reasoning` (OpenRouter), `thinking` (Anthropic's, taken by LiteLLM, Z.ai and others), `include_reasoning`.
 */
import type { ReasoningRequest } from '../../core/call.ts';
import { takeFlag, takeNumber, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';

type Draft = { -readonly [K in keyof ReasoningRequest]: ReasoningRequest[K] };

function innerOf(fields: JsonObject, key: string): JsonObject | undefined {
  const value = fields[key];
  if (!isObject(value)) return undefined;
  const inner = { ...value };
  fields[key] = inner;
  return inner;
}

function takeRouted(inner: JsonObject, draft: Draft): void {
  if (draft.effort === undefined) {
    const effort = takeString(inner, 'effort');
    if (effort !== undefined) draft.effort = effort;
  }
  const budget = takeNumber(inner, 'max_tokens');
  if (budget !== undefined) draft.budgetTokens = budget;
  const enabled = takeFlag(inner, 'enabled');
  if (enabled !== undefined) draft.mode = enabled ? 'enabled' : 'disabled';
  const exclude = takeFlag(inner, 'exclude');
  if (exclude !== undefined) draft.show = !exclude;
}

function takeThinking(inner: JsonObject, draft: Draft): void {
  const { type } = inner;
  if (draft.mode === undefined && (type === 'enabled' || type === 'disabled' || type === 'adaptive')) {
    draft.mode = type;
    inner.type = undefined;
  }
  if (draft.budgetTokens !== undefined) return;
  const budget = takeNumber(inner, 'budget_tokens');
  if (budget !== undefined) draft.budgetTokens = budget;
}

export function takeReasoningRequest(fields: JsonObject): ReasoningRequest | undefined {
  const draft: Draft = {};
  const effort = takeString(fields, 'reasoning_effort');
  if (effort !== undefined) draft.effort = effort;
  const routed = innerOf(fields, 'reasoning');
  if (routed !== undefined) takeRouted(routed, draft);
  const thinking = innerOf(fields, 'thinking');
  if (thinking !== undefined) takeThinking(thinking, draft);
  if (draft.show === undefined) {
    const include = takeFlag(fields, 'include_reasoning');
    if (include !== undefined) draft.show = include;
  }
  return Object.keys(draft).length === 0 ? undefined : draft;
}

/** Fills the seat; false where there is none. */
function fill(fields: JsonObject, key: string, value: JsonValue | undefined): boolean {
  if (value === undefined || !Object.hasOwn(fields, key) || fields[key] !== undefined) return false;
  fields[key] = value;
  return true;
}

/** Into the seats they were taken from. An effort without a seat is written as OpenAI spells it. */
export function putReasoningRequest(fields: JsonObject, reasoning: ReasoningRequest): void {
  const { effort, mode, budgetTokens, show } = reasoning;
  const routed = innerOf(fields, 'reasoning') ?? {};
  const thinking = innerOf(fields, 'thinking') ?? {};
  if (!fill(fields, 'reasoning_effort', effort) && !fill(routed, 'effort', effort) && effort !== undefined)
    fields.reasoning_effort = effort;
  if (!fill(routed, 'enabled', mode === undefined ? undefined : mode !== 'disabled'))
    fill(thinking, 'type', mode);
  if (!fill(routed, 'max_tokens', budgetTokens)) fill(thinking, 'budget_tokens', budgetTokens);
  if (!fill(routed, 'exclude', show === undefined ? undefined : !show))
    fill(fields, 'include_reasoning', show);
}
