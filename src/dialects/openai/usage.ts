/** Usage as OpenAI spells it: prompt counts include cached tokens, completion counts include reasoning. */
import { countOf, isObject, type JsonValue } from '../../core/json.ts';
import type { Usage, UsageDraft } from '../../core/usage.ts';

function note(usage: UsageDraft, kind: keyof Usage, details: JsonValue | undefined, key: string): void {
  const count = isObject(details) ? countOf(details[key]) : undefined;
  if (count !== undefined) usage[kind] = count;
}

export function readUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = countOf(value.prompt_tokens) ?? countOf(value.input_tokens);
  const output = countOf(value.completion_tokens) ?? countOf(value.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const usage: UsageDraft = { inputTokens: input ?? 0, outputTokens: output ?? 0 };
  // The singular is how realtime and transcriptions spell it.
  const prompt = value.prompt_tokens_details ?? value.input_tokens_details ?? value.input_token_details;
  const completion =
    value.completion_tokens_details ?? value.output_tokens_details ?? value.output_token_details;
  note(usage, 'cachedInputTokens', prompt, 'cached_tokens');
  note(usage, 'audioInputTokens', prompt, 'audio_tokens');
  note(usage, 'reasoningTokens', completion, 'reasoning_tokens');
  note(usage, 'audioOutputTokens', completion, 'audio_tokens');
  return usage;
}
