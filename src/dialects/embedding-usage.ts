/** What embeddings and rankings consumed: all of it is input, and some count the whole alone. */
import { countOf, isObject, type JsonValue } from '../core/json.ts';
import type { Usage } from '../core/usage.ts';
import { readUsage } from './openai/usage.ts';

/** `usage` as OpenAI, Jina and Voyage say it. */
export function usageIn(usage: JsonValue | undefined): Usage | undefined {
  const total = isObject(usage) ? countOf(usage.total_tokens) : undefined;
  return readUsage(usage) ?? (total === undefined ? undefined : { inputTokens: total, outputTokens: 0 });
}

/** Cohere's `meta`, which counts what is paid for, and perhaps what was read beside it. */
export function usageInMeta(meta: JsonValue | undefined): Usage | undefined {
  if (!isObject(meta)) return undefined;
  const inputIn = (counts: JsonValue | undefined) =>
    isObject(counts) ? countOf(counts.input_tokens) : undefined;
  const inputTokens = inputIn(meta.billed_units) ?? inputIn(meta.tokens);
  return inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 };
}
