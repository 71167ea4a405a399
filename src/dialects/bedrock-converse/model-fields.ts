/**
 * `additionalModelRequestFields`, read and put together again: what Converse itself has no field for, in the words of the
 * models behind it. Only those with a meaning in other APIs are typed.
 */
import type { Call, ReasoningRequest } from '../../core/call.ts';
import { take, takeFlag, takeNumber, takeString } from '../../core/carry.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

const key = 'additionalModelRequestFields';

export interface ModelFields {
  readonly topK?: number;
  readonly parallelToolCalls?: boolean;
  readonly reasoning?: ReasoningRequest;
}

type Draft = { -readonly [K in keyof ReasoningRequest]: ReasoningRequest[K] };

/** A copy of an inner object, in place of the original, to take from. */
function opened(fields: JsonObject, name: string): JsonObject | undefined {
  const inner = fields[name];
  if (!isObject(inner)) return undefined;
  const copy = { ...inner };
  fields[name] = copy;
  return copy;
}

const modes: ReadonlySet<unknown> = new Set(['enabled', 'disabled', 'adaptive']);

const displays: ReadonlyMap<unknown, boolean> = new Map([
  ['summarized', true],
  ['omitted', false],
]);

function takeReasoning(fields: JsonObject): Draft {
  const reasoning: Draft = {};
  const thinking = opened(fields, 'thinking');
  if (thinking !== undefined && modes.has(thinking.type)) {
    reasoning.mode = take(thinking, 'type') as 'enabled' | 'disabled' | 'adaptive';
    const budget = takeNumber(thinking, 'budget_tokens');
    if (budget !== undefined) reasoning.budgetTokens = budget;
    const show = displays.get(thinking.display);
    if (show !== undefined) {
      take(thinking, 'display');
      reasoning.show = show;
    }
  }
  const output = opened(fields, 'output_config');
  const nova = opened(fields, 'reasoningConfig');
  const effort =
    (output && takeString(output, 'effort')) ??
    (nova && takeString(nova, 'maxReasoningEffort')) ??
    takeString(fields, 'reasoning_effort') ??
    takeString(fields, 'reasoning_config');
  if (effort !== undefined) reasoning.effort = effort;
  return reasoning;
}

/** Leaves the rest in the carry. `outputConfig.effort` is Converse's own word for the same effort. */
export function takeModelFields(fields: JsonObject): ModelFields {
  const inner = opened(fields, key) ?? {};
  const reasoning = takeReasoning(inner);
  const config = reasoning.effort === undefined ? opened(fields, 'outputConfig') : undefined;
  const effort = config && takeString(config, 'effort');
  if (effort !== undefined) reasoning.effort = effort;
  const nova = opened(inner, 'inferenceConfig');
  const topK = takeNumber(inner, 'top_k') ?? (nova && takeNumber(nova, 'topK'));
  const choice = opened(inner, 'tool_choice');
  const single = choice && takeFlag(choice, 'disable_parallel_tool_use');
  return {
    ...(topK !== undefined && { topK }),
    ...(single !== undefined && { parallelToolCalls: !single }),
    ...(Object.keys(reasoning).length > 0 && { reasoning }),
  };
}

/** Fills the one seat of several that was taken. */
function fill(
  value: string | number | boolean | undefined,
  seats: readonly [JsonObject | undefined, string][],
): void {
  if (value === undefined) return;
  for (const [fields, name] of seats)
    if (fields !== undefined && Object.hasOwn(fields, name) && fields[name] === undefined) {
      fields[name] = value;
      return;
    }
}

/** The other way: values go back to the seats they were taken from. */
export function restoreModelFields(call: Call, written: JsonObject): void {
  const inner = opened(written, key);
  const config = opened(written, 'outputConfig');
  const within = (name: string) => inner && opened(inner, name);
  const thinking = within('thinking');
  fill(call.reasoning?.mode, [[thinking, 'type']]);
  fill(call.reasoning?.budgetTokens, [[thinking, 'budget_tokens']]);
  const show = call.reasoning?.show;
  fill(show === undefined ? undefined : show ? 'summarized' : 'omitted', [[thinking, 'display']]);
  fill(call.reasoning?.effort, [
    [within('output_config'), 'effort'],
    [within('reasoningConfig'), 'maxReasoningEffort'],
    [inner, 'reasoning_effort'],
    [inner, 'reasoning_config'],
    [config, 'effort'],
  ]);
  fill(call.sampling.topK, [
    [inner, 'top_k'],
    [within('inferenceConfig'), 'topK'],
  ]);
  if (call.parallelToolCalls !== undefined)
    fill(!call.parallelToolCalls, [[within('tool_choice'), 'disable_parallel_tool_use']]);
}
