/** Usage as Anthropic counts: input without what a cache gave or took, running totals in a stream. */
import { countOf, isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Usage, UsageCount, UsageDraft } from '../../core/usage.ts';

interface Counts {
  input: number;
  output: number;
  read?: number;
  write?: number;
  write1h?: number;
}

function countsOf(json: JsonObject): Counts | undefined {
  const input = countOf(json.input_tokens);
  const output = countOf(json.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const created = isObject(json.cache_creation) ? json.cache_creation : {};
  const write5m = countOf(created.ephemeral_5m_input_tokens);
  const write1h = countOf(created.ephemeral_1h_input_tokens);
  const parts = write5m === undefined && write1h === undefined ? undefined : (write5m ?? 0) + (write1h ?? 0);
  const write = countOf(json.cache_creation_input_tokens) ?? parts;
  const read = countOf(json.cache_read_input_tokens);
  return {
    input: input ?? 0,
    output: output ?? 0,
    ...(read !== undefined && { read }),
    ...(write !== undefined && { write }),
    ...(write1h !== undefined && { write1h }),
  };
}

/** Iterations that the totals beside them leave out: the summing up of a context, the advice of another model. */
const uncounted: ReadonlySet<unknown> = new Set(['compaction', 'advisor_message']);

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

function set(draft: UsageDraft, kind: UsageCount, count: number | undefined): void {
  if (count !== undefined) draft[kind] = count;
}

export function readUsage(value: JsonValue | undefined): Usage | undefined {
  const counted = isObject(value) ? countsOf(value) : undefined;
  if (!isObject(value) || counted === undefined) return undefined;
  let total = counted;
  for (const iteration of Array.isArray(value.iterations) ? value.iterations : []) {
    const more = isObject(iteration) && uncounted.has(iteration.type) ? countsOf(iteration) : undefined;
    if (more === undefined) continue;
    const read = sum(total.read, more.read);
    const write = sum(total.write, more.write);
    const write1h = sum(total.write1h, more.write1h);
    total = {
      input: total.input + more.input,
      output: total.output + more.output,
      ...(read !== undefined && { read }),
      ...(write !== undefined && { write }),
      ...(write1h !== undefined && { write1h }),
    };
  }
  const usage: UsageDraft = {
    inputTokens: total.input + (total.read ?? 0) + (total.write ?? 0),
    outputTokens: total.output,
  };
  set(usage, 'cachedInputTokens', total.read);
  set(usage, 'cacheWriteTokens', total.write);
  set(usage, 'cacheWrite1hTokens', total.write1h);
  const tools = value.server_tool_use;
  set(usage, 'webSearches', isObject(tools) ? countOf(tools.web_search_requests) : undefined);
  // A fast answer is charged as one whatever tier of service it came in.
  const tier = value.speed === 'fast' ? value.speed : value.service_tier;
  if (typeof tier === 'string' && tier !== 'standard') usage.serviceTier = tier;
  const details = value.output_tokens_details;
  set(usage, 'reasoningTokens', isObject(details) ? countOf(details.thinking_tokens) : undefined);
  return usage;
}

/** Two tellings of one stream's usage: counts only grow, so a later 0 or null takes nothing back. */
export function mergeUsage(before: JsonObject, later: JsonValue | undefined): JsonObject {
  if (!isObject(later)) return before;
  const merged: JsonObject = { ...before };
  for (const [key, value] of Object.entries(later)) {
    const known = merged[key];
    if (value === undefined || value === null) continue;
    merged[key] = typeof value === 'number' && typeof known === 'number' ? Math.max(known, value) : value;
  }
  return merged;
}

/**
 * For a client of this dialect, who adds the counts up: they make the whole input, whatever an upstream counted twice, and
 * are 0 where unknown.
 */
export function writeUsage(usage: Usage | undefined): JsonObject {
  const input = usage?.inputTokens ?? 0;
  const read = Math.min(usage?.cachedInputTokens ?? 0, input);
  const write = Math.min(usage?.cacheWriteTokens ?? 0, input - read);
  const write1h = usage?.cacheWrite1hTokens;
  return {
    input_tokens: input - read - write,
    cache_creation_input_tokens: write,
    cache_read_input_tokens: read,
    ...(write1h !== undefined && {
      cache_creation: {
        ephemeral_5m_input_tokens: Math.max(0, write - write1h),
        ephemeral_1h_input_tokens: write1h,
      },
    }),
    output_tokens: usage?.outputTokens ?? 0,
    ...(usage?.reasoningTokens !== undefined && {
      output_tokens_details: { thinking_tokens: usage.reasoningTokens },
    }),
  };
}
