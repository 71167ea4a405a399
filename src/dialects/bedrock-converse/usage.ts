/** Usage as Converse spells it: `inputTokens` leaves out what was read from or written to a cache. */
import { countOf, isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Usage, UsageDraft } from '../../core/usage.ts';

function writtenFor1h(details: JsonValue | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  let sum: number | undefined;
  for (const detail of details) {
    const count = isObject(detail) && detail.ttl === '1h' ? countOf(detail.inputTokens) : undefined;
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}

export function readUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = countOf(value.inputTokens);
  const output = countOf(value.outputTokens);
  if (input === undefined && output === undefined) return undefined;
  // Older replies have a second spelling of each.
  const read = countOf(value.cacheReadInputTokens) ?? countOf(value.cacheReadInputTokenCount);
  const written = countOf(value.cacheWriteInputTokens) ?? countOf(value.cacheWriteInputTokenCount);
  const writtenLong = writtenFor1h(value.cacheDetails);
  const usage: UsageDraft = {
    inputTokens: (input ?? 0) + (read ?? 0) + (written ?? 0),
    outputTokens: output ?? 0,
  };
  if (read !== undefined) usage.cachedInputTokens = read;
  if (written !== undefined) usage.cacheWriteTokens = written;
  if (writtenLong !== undefined) usage.cacheWrite1hTokens = writtenLong;
  return usage;
}

function atMost(count: number | undefined, limit: number): number | undefined {
  return count === undefined ? undefined : Math.min(count, limit);
}

/** The wire form always has counts: 0 where the upstream reported none. */
export function writeUsage(usage: Usage | undefined): JsonObject {
  const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
  // Clients add the counts up: they make the whole input, whatever an upstream counted twice.
  const read = atMost(usage?.cachedInputTokens, inputTokens);
  const written = atMost(usage?.cacheWriteTokens, inputTokens - (read ?? 0));
  const long = usage?.cacheWrite1hTokens;
  const fields: JsonObject = {
    inputTokens: inputTokens - (read ?? 0) - (written ?? 0),
    outputTokens,
    totalTokens: inputTokens + outputTokens,
  };
  if (read !== undefined) fields.cacheReadInputTokens = read;
  if (written !== undefined) fields.cacheWriteInputTokens = written;
  if (long !== undefined && written !== undefined)
    fields.cacheDetails = [
      { ttl: '1h', inputTokens: long },
      { ttl: '5m', inputTokens: Math.max(0, written - long) },
    ].filter(({ inputTokens: count }) => count > 0);
  return fields;
}
