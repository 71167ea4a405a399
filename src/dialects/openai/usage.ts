/** Usage as OpenAI spells it: prompt counts include cached tokens, completion counts include reasoning. */
import { countOf, isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { Usage, UsageCount, UsageDraft } from '../../core/usage.ts';

function note(usage: UsageDraft, kind: UsageCount, details: JsonValue | undefined, key: string): void {
  const count = isObject(details) ? countOf(details[key]) : undefined;
  if (count !== undefined) usage[kind] = count;
}

/** Tiers of service at the usual price, or not yet decided. */
const usualTiers: ReadonlySet<string> = new Set(['', 'default', 'auto', 'standard', 'on_demand']);

/** `serviceTier`: what the reply says beside its usage of the tier it was served in. */
export function readUsage(
  value: JsonValue | undefined,
  serviceTier?: JsonValue | undefined,
): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = countOf(value.prompt_tokens) ?? countOf(value.input_tokens);
  const output = countOf(value.completion_tokens) ?? countOf(value.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  // xAI, and Google's endpoint for this API, leave reasoning out of the completion and count it in the total alone.
  const beyondInput = (countOf(value.total_tokens) ?? 0) - (input ?? 0);
  const outputTokens = output === undefined ? 0 : Math.max(output, beyondInput);
  const usage: UsageDraft = { inputTokens: input ?? 0, outputTokens };
  // The singular is how realtime and transcriptions spell it.
  const prompt = value.prompt_tokens_details ?? value.input_tokens_details ?? value.input_token_details;
  const completion =
    value.completion_tokens_details ?? value.output_tokens_details ?? value.output_token_details;
  // Beside the prompt's details, as DeepSeek and Moonshot say it.
  note(usage, 'cachedInputTokens', value, 'prompt_cache_hit_tokens');
  note(usage, 'cachedInputTokens', value, 'cached_tokens');
  note(usage, 'cachedInputTokens', prompt, 'cached_tokens');
  note(usage, 'cacheWriteTokens', prompt, 'cache_write_tokens');
  note(usage, 'audioInputTokens', prompt, 'audio_tokens');
  note(usage, 'imageInputTokens', prompt, 'image_tokens');
  note(usage, 'reasoningTokens', completion, 'reasoning_tokens');
  note(usage, 'audioOutputTokens', completion, 'audio_tokens');
  note(usage, 'imageOutputTokens', completion, 'image_tokens');
  const cached = isObject(prompt) ? prompt.cached_tokens_details : undefined;
  note(usage, 'cachedAudioInputTokens', cached, 'audio_tokens');
  note(usage, 'cachedImageInputTokens', cached, 'image_tokens');
  note(usage, 'webSearches', value.server_tool_use, 'web_search_requests');
  if (typeof serviceTier === 'string' && !usualTiers.has(serviceTier)) usage.serviceTier = serviceTier;
  // Vercel's gateway leaves them out of the total too.
  const reasoning = usage.reasoningTokens ?? 0;
  if (reasoning > usage.outputTokens) usage.outputTokens += reasoning;
  return usage;
}

/** The details with those kinds that were reported, or nothing. */
function details(kinds: Readonly<Record<string, number | undefined>>): JsonObject | undefined {
  const known = Object.entries(kinds).filter(([, count]) => count !== undefined);
  return known.length === 0 ? undefined : (Object.fromEntries(known) as JsonObject);
}

/** In OpenAI's order; a kind nobody reported is absent. OpenAI knows no writes that are kept for an hour. */
export function writeUsage(usage: Usage, losses: Losses): JsonObject {
  if ((usage.cacheWrite1hTokens ?? 0) > 0) losses.add('usage of one-hour cache writes');
  const prompt = details({
    cached_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    audio_tokens: usage.audioInputTokens,
    image_tokens: usage.imageInputTokens,
  });
  const completion = details({
    reasoning_tokens: usage.reasoningTokens,
    audio_tokens: usage.audioOutputTokens,
    image_tokens: usage.imageOutputTokens,
  });
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    ...(prompt && { prompt_tokens_details: prompt }),
    ...(completion && { completion_tokens_details: completion }),
  };
}
