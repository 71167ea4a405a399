/** Why a reply ended, between Converse's words and ours. */
import type { JsonObject } from '../../core/json.ts';
import type { ChoiceFinish, FinishReason } from '../../core/reply.ts';

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['guardrail_intervened', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['malformed_model_output', 'other'],
  ['malformed_tool_use', 'other'],
]);

const words: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'content_filtered',
  other: 'end_turn',
};

export function finishReason(native: string): FinishReason {
  return reasons.get(native) ?? 'other';
}

/** What another API would call an error: the model wrote something that is no reply. */
export function isMalformed(native: string): boolean {
  return native.startsWith('malformed_');
}

/** Anthropic's words are Converse's own where both have them; anything else goes by its meaning. */
function stopReasonOf({ reason, native, stopSequence }: ChoiceFinish): string {
  if (native !== undefined && reasons.get(native) === reason && !isMalformed(native)) return native;
  return stopSequence === undefined || reason !== 'stop' ? words[reason] : 'stop_sequence';
}

/** How a message stops, with the stop word where the service's models put it. */
export function writeFinish(finish: ChoiceFinish | undefined): JsonObject {
  if (finish === undefined) return { stopReason: 'end_turn' };
  const { stopSequence } = finish;
  return {
    stopReason: stopReasonOf(finish),
    ...(stopSequence !== undefined && {
      additionalModelResponseFields: { stop_sequence: stopSequence },
    }),
  };
}
