/** Another API's sampling fields, as far as the model takes them; what it does not take is refused or named as lost. */
import type { Call } from '../../core/call.ts';
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import type { ModelFamily } from './model-families.ts';

/** Throws `unsupported_value` for more than one choice. */
export function writeSampling(
  { sampling }: Call,
  family: ModelFamily,
  isThinking: boolean,
  losses: Losses,
): JsonObject {
  if ((sampling.choices ?? 1) > 1)
    throw new GatewayError('unsupported_value', 'This model gives one choice a call: set n to 1.', {
      param: 'n',
    });
  if (sampling.logprobs === true) losses.add('logprobs');
  if ((sampling.topLogprobs ?? 0) > 0) losses.add('top_logprobs');
  if (sampling.seed !== undefined) losses.add('seed');
  if ((sampling.frequencyPenalty ?? 0) !== 0) losses.add('frequency_penalty');
  if ((sampling.presencePenalty ?? 0) !== 0) losses.add('presence_penalty');

  const written: JsonObject = {};
  const isFree = family.samplers !== 'none';
  const { temperature, topP, topK } = sampling;
  if (temperature !== undefined) {
    // OpenAI's scale ends at 2, Anthropic's at 1, where both begin at 0; thinking allows the default alone.
    const clamped = Math.min(1, Math.max(0, temperature));
    if (isFree && !isThinking) written.temperature = clamped;
    if (clamped !== temperature || (written.temperature === undefined && clamped !== 1))
      losses.add('temperature');
  }
  if (topP !== undefined) {
    const isFirst = family.samplers === 'all' || written.temperature === undefined;
    if (isFree && isFirst && (!isThinking || topP >= 0.95)) written.top_p = Math.min(1, Math.max(0, topP));
    else if (topP !== 1) losses.add('top_p');
  }
  if (topK !== undefined) {
    if (isFree && !isThinking && topK >= 1) written.top_k = Math.floor(topK);
    else losses.add('top_k');
  }
  return written;
}
