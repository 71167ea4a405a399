/**
 * Cache marks in OpenAI Chat: `prompt_cache_breakpoint`, OpenAI's own, and `cache_control`, Anthropic's spelling, which
 * routers in front of other models take on content parts, messages, tools and tool calls.
 */
import { take } from '../../core/carry.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { CacheMark } from '../../core/part.ts';

const keys = ['cache_control', 'prompt_cache_breakpoint'] as const;

function readMark(key: string, raw: JsonValue | undefined): CacheMark | undefined {
  if (!isObject(raw)) return undefined;
  if (key === 'prompt_cache_breakpoint')
    return raw.mode === 'explicit' && Object.keys(raw).length === 1 ? {} : undefined;
  const { type, ttl, ...rest } = raw;
  if (type !== 'ephemeral' || Object.keys(rest).length > 0) return undefined;
  if (ttl === undefined) return {};
  return typeof ttl === 'string' ? { ttl } : undefined;
}

/** Takes the first mark that is wholly understood. */
export function takeCache(fields: JsonObject): CacheMark | undefined {
  for (const key of keys) {
    const mark = readMark(key, fields[key]);
    if (mark === undefined) continue;
    take(fields, key);
    return mark;
  }
  return undefined;
}

/** Whether the mark was taken from these fields. */
export function hasCacheSeat(fields: JsonObject): boolean {
  return keys.some((key) => Object.hasOwn(fields, key) && fields[key] === undefined);
}

export function putCache(fields: JsonObject, mark: CacheMark | undefined): void {
  if (mark === undefined) return;
  const breakpoint = 'prompt_cache_breakpoint';
  if (Object.hasOwn(fields, breakpoint) && fields[breakpoint] === undefined)
    fields[breakpoint] = { mode: 'explicit' };
  else fields.cache_control = { type: 'ephemeral', ...(mark.ttl !== undefined && { ttl: mark.ttl }) };
}
