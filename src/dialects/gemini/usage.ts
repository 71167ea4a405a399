/**
 * `usageMetadata`: the prompt count includes cached tokens but not what tools of Google's own added, the candidates' count
 * leaves thoughts out; the total is the sum of all.
 */
import { countOf, isObject, type JsonObject, type JsonValue, stringOf } from '../../core/json.ts';
import type { Usage, UsageCount, UsageDraft } from '../../core/usage.ts';
import { type FieldName, fieldOf } from './fields.ts';

/** Enumerations may come as their numbers. */
const modalities: ReadonlyMap<JsonValue | undefined, string> = new Map<JsonValue | undefined, string>([
  ['IMAGE', 'image'],
  ['AUDIO', 'audio'],
  [2, 'image'],
  [4, 'audio'],
]);

/** Tiers of service that have their own prices. */
const paidTiers: ReadonlySet<string> = new Set(['flex', 'priority']);

function note(
  usage: UsageDraft,
  details: JsonValue | undefined,
  kinds: Readonly<Record<string, UsageCount>>,
): void {
  if (!Array.isArray(details)) return;
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const kind = kinds[modalities.get(detail.modality) ?? ''];
    const count = countOf(fieldOf(detail, 'tokenCount'));
    if (kind !== undefined && count !== undefined) usage[kind] = (usage[kind] ?? 0) + count;
  }
}

export function readUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const count = (camel: FieldName) => countOf(fieldOf(value, camel));
  const prompt = count('promptTokenCount');
  const candidates = count('candidatesTokenCount');
  const thoughts = count('thoughtsTokenCount');
  if (prompt === undefined && candidates === undefined && thoughts === undefined) return undefined;
  const cached = count('cachedContentTokenCount');
  // Seen to be left out of the prompt count now and then: then there is more in the cache than in the prompt.
  const isLeftOut = cached !== undefined && cached > (prompt ?? 0);
  const usage: UsageDraft = {
    inputTokens: (prompt ?? 0) + (isLeftOut ? cached : 0) + (count('toolUsePromptTokenCount') ?? 0),
    outputTokens: (candidates ?? 0) + (thoughts ?? 0),
  };
  if (cached !== undefined) usage.cachedInputTokens = cached;
  if (thoughts !== undefined) usage.reasoningTokens = thoughts;
  note(usage, fieldOf(value, 'promptTokensDetails'), {
    audio: 'audioInputTokens',
    image: 'imageInputTokens',
  });
  note(usage, fieldOf(value, 'candidatesTokensDetails'), {
    audio: 'audioOutputTokens',
    image: 'imageOutputTokens',
  });
  note(usage, fieldOf(value, 'cacheTokensDetails'), {
    audio: 'cachedAudioInputTokens',
    image: 'cachedImageInputTokens',
  });
  const tier = stringOf(fieldOf(value, 'serviceTier'))?.toLowerCase();
  if (tier !== undefined && paidTiers.has(tier)) usage.serviceTier = tier;
  return usage;
}

function details(
  total: number,
  audio: number | undefined,
  image: number | undefined,
): JsonObject[] | undefined {
  if (audio === undefined && image === undefined) return undefined;
  const text = Math.max(0, total - (audio ?? 0) - (image ?? 0));
  const kinds: [string, number | undefined][] = [
    ['TEXT', text],
    ['AUDIO', audio],
    ['IMAGE', image],
  ];
  return kinds.flatMap(([modality, count]) => (count ? [{ modality, tokenCount: count }] : []));
}

export function writeUsage(usage: Usage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  const candidates = Math.max(0, outputTokens - (reasoningTokens ?? 0));
  const prompt = details(inputTokens, usage.audioInputTokens, usage.imageInputTokens);
  const reply = details(candidates, usage.audioOutputTokens, usage.imageOutputTokens);
  return {
    promptTokenCount: inputTokens,
    ...(cachedInputTokens !== undefined && { cachedContentTokenCount: cachedInputTokens }),
    candidatesTokenCount: candidates,
    ...(reasoningTokens !== undefined && { thoughtsTokenCount: reasoningTokens }),
    totalTokenCount: inputTokens + outputTokens,
    ...(prompt !== undefined && { promptTokensDetails: prompt }),
    ...(reply !== undefined && { candidatesTokensDetails: reply }),
  };
}
