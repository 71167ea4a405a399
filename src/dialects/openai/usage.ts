/** Usage as OpenAI spells it: prompt counts include cached tokens, completion counts include reasoning. */
import { countOf, isObject, type JsonValue } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';

export function readUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = countOf(value.prompt_tokens) ?? countOf(value.input_tokens);
  const output = countOf(value.completion_tokens) ?? countOf(value.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const prompt = value.prompt_tokens_details;
  const completion = value.completion_tokens_details;
  const kinds = {
    cachedInputTokens: isObject(prompt) ? countOf(prompt.cached_tokens) : undefined,
    audioInputTokens: isObject(prompt) ? countOf(prompt.audio_tokens) : undefined,
    reasoningTokens: isObject(completion) ? countOf(completion.reasoning_tokens) : undefined,
    audioOutputTokens: isObject(completion) ? countOf(completion.audio_tokens) : undefined,
  };
  const known = Object.fromEntries(Object.entries(kinds).filter(([, count]) => count !== undefined));
  return { inputTokens: input ?? 0, outputTokens: output ?? 0, ...known };
}
