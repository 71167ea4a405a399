/** Why a reply ended, in Anthropic's words and in ours. */
import { take } from '../../core/carry.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ChoiceFinish, FinishReason } from '../../core/reply.ts';

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  // A long turn with hosted tools was cut: given back as it is, the model goes on.
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['refusal', 'content-filter'],
]);

const words: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  other: 'end_turn',
};

/** Takes `stop_reason` and what goes with it out of a message, or a `message_delta`'s delta. */
export function takeFinish(fields: JsonObject): ChoiceFinish | undefined {
  const native = fields.stop_reason;
  if (typeof native !== 'string') return undefined;
  take(fields, 'stop_reason');
  const stopSequence = fields.stop_sequence;
  if (typeof stopSequence === 'string') take(fields, 'stop_sequence');
  return {
    type: 'choice-finish',
    choice: 0,
    reason: reasons.get(native) ?? 'other',
    native,
    ...(typeof stopSequence === 'string' && { stopSequence }),
  };
}

export function fillFinish(written: JsonObject, finish: ChoiceFinish): void {
  written.stop_reason = finish.native ?? words[finish.reason];
  if (finish.stopSequence !== undefined) written.stop_sequence = finish.stopSequence;
}

/** What a reply of another dialect holds that decides its `stop_reason`. */
export interface Spoken {
  readonly hasToolCalls: boolean;
  readonly hasRefusal: boolean;
}

/** `stop_reason`, `stop_sequence` and `stop_details` for a reply of another dialect. */
export function writeForeignFinish(finish: ChoiceFinish | undefined, spoken: Spoken): JsonObject {
  const reason = finish?.reason ?? 'stop';
  const stopSequence = finish?.stopSequence ?? null;
  let word = words[reason];
  if (reason === 'stop' && spoken.hasToolCalls) word = 'tool_use';
  else if (reason === 'stop' && spoken.hasRefusal) word = 'refusal';
  else if (reason === 'stop' && stopSequence !== null) word = 'stop_sequence';
  return { stop_reason: word, stop_sequence: stopSequence };
}
