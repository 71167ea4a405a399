/** Why a candidate ended: Google's words, or their numbers, and ours. */
import type { JsonValue } from '../../core/json.ts';
import type { FinishReason } from '../../core/reply.ts';

const reasons: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['MODEL_ARMOR', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content-filter'],
  ['IMAGE_RECITATION', 'content-filter'],
  ['IMAGE_OTHER', 'content-filter'],
]);

/** `Candidate.FinishReason` by number, from 1: what clients get that asked for `enum-encoding=int`. */
const numbered = [
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'OTHER',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'IMAGE_SAFETY',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_OTHER',
  'NO_IMAGE',
  'IMAGE_RECITATION',
];

/** What the model made is no reply: another dialect has no word for it but an error. */
const broken: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
  'MISSING_THOUGHT_SIGNATURE',
]);

/** Google's word, or undefined where the candidate has not ended. */
export function finishWord(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return numbered[value - 1] ?? (value === 0 ? undefined : String(value));
  return typeof value === 'string' && value !== '' && value !== 'FINISH_REASON_UNSPECIFIED'
    ? value
    : undefined;
}

/** `hasCalls`: the candidate called a function, now or earlier in the stream; Google then says STOP all the same. */
export function finishReason(native: string, hasCalls: boolean): FinishReason {
  const reason = reasons.get(native) ?? 'other';
  return reason === 'stop' && hasCalls ? 'tool-calls' : reason;
}

export function isBroken(native: string): boolean {
  return broken.has(native);
}

export const finishWords: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  other: 'OTHER',
};
