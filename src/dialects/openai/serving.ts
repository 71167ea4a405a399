/** How a call is to be served and kept, in the words both OpenAI APIs share. */
import type { Call } from '../../core/call.ts';
import { take, takeFlag, takeString } from '../../core/carry.ts';
import type { JsonObject } from '../../core/json.ts';
import { readTier, type TierWords } from '../../core/serving.ts';

/** `scale`, and the words of compatible servers, stay in the carry. */
const tierWords: TierWords = { auto: 'auto', default: 'default', flex: 'flex', priority: 'priority' };

export function takeServing(fields: JsonObject): Pick<Call, 'serviceTier' | 'promptCache' | 'store'> {
  const serviceTier = readTier(tierWords, fields.service_tier);
  if (serviceTier !== undefined) take(fields, 'service_tier');
  const key = takeString(fields, 'prompt_cache_key');
  const retention = takeString(fields, 'prompt_cache_retention');
  const store = takeFlag(fields, 'store');
  return {
    ...(serviceTier !== undefined && { serviceTier }),
    ...((key !== undefined || retention !== undefined) && {
      promptCache: { ...(key !== undefined && { key }), ...(retention !== undefined && { retention }) },
    }),
    ...(store !== undefined && { store }),
  };
}

export function putServing(fields: JsonObject, { serviceTier, promptCache, store }: Call): void {
  if (serviceTier !== undefined) fields.service_tier = serviceTier;
  if (promptCache?.key !== undefined) fields.prompt_cache_key = promptCache.key;
  if (promptCache?.retention !== undefined) fields.prompt_cache_retention = promptCache.retention;
  if (store !== undefined) fields.store = store;
}
