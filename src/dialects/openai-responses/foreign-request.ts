/** What a call of another dialect asks beside its conversation, in the Responses API's words and within its limits. */
import type { Call, ReasoningRequest } from '../../core/call.ts';
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Losses } from '../../core/losses.ts';
import { effortFor, formatName, putMetadata } from '../openai/foreign-fields.ts';
import { logprobsInclude } from './request.ts';

const encryptedInclude = 'reasoning.encrypted_content';
/** The API refuses less; clients that ask for one token want to know whether a model answers. */
const leastOutputTokens = 16;
function isOff({ mode, effort, budgetTokens }: ReasoningRequest): boolean {
  return mode === 'disabled' || effort === 'none' || (effort === undefined && budgetTokens === 0);
}

function effortOf({ effort, budgetTokens }: ReasoningRequest, losses: Losses): string | undefined {
  // Less than none is a budget the model chooses (Gemini).
  if (effort !== undefined || budgetTokens === undefined || budgetTokens < 0) return effort;
  losses.add('reasoning budget as a number');
  return effortFor(budgetTokens);
}

function putReasoning(request: JsonObject, reasoning: ReasoningRequest, losses: Losses): void {
  if (isOff(reasoning)) {
    // Not to think has no word that models without reasoning would take too.
    if (reasoning.effort === 'none') request.reasoning = { effort: 'none' };
    else losses.add('reasoning turned off');
    return;
  }
  const effort = effortOf(reasoning, losses);
  // Where thinking is switched on, it is shown; a summary is as much as this API shows.
  const shows = reasoning.show ?? (reasoning.mode === 'enabled' || reasoning.mode === 'adaptive');
  request.reasoning = { ...(effort !== undefined && { effort }), ...(shows && { summary: 'auto' }) };
  // So that thoughts that are not stored can be given back. Models that do not think refuse the wish.
  request.include = [encryptedInclude];
}

/** JSON mode is refused unless the word stands in the input; a schema of any object asks for the same without it. */
function fitFormat(request: JsonObject, losses: Losses): void {
  const text = isObject(request.text) ? request.text : {};
  const format = isObject(text.format) ? text.format : {};
  if (format.type === 'json_object' && !/json/i.test(JSON.stringify(request.input))) {
    text.format = { type: 'json_schema', name: 'reply', schema: { type: 'object' }, strict: false };
    losses.add('JSON mode (asked for as a schema of any object)');
  } else if (typeof format.name === 'string') format.name = formatName(format.name) || 'reply';
}

function nameLosses({ sampling, stop }: Call, losses: Losses): void {
  if (sampling.choices !== undefined && sampling.choices > 1)
    throw new GatewayError(
      'unsupported_value',
      "The model's provider speaks the Responses API, which gives one reply a request.",
      { param: 'n' },
    );
  if (sampling.topK !== undefined) losses.add('top_k');
  if (sampling.frequencyPenalty) losses.add('frequency_penalty');
  if (sampling.presencePenalty) losses.add('presence_penalty');
  if (sampling.seed !== undefined) losses.add('seed');
  if (stop !== undefined && stop.length > 0) losses.add('stop');
}

/** Adds to a request whose input, tools and formats are written. Throws `unsupported_value` for more than one reply. */
export function writeForeignFields(call: Call, request: JsonObject, losses: Losses): void {
  nameLosses(call, losses);
  fitFormat(request, losses);
  if (call.maxOutputTokens !== undefined) {
    request.max_output_tokens = Math.max(call.maxOutputTokens, leastOutputTokens);
    if (call.maxOutputTokens < leastOutputTokens) losses.add(`max_tokens below ${leastOutputTokens}`);
  }
  if (call.metadata !== undefined) putMetadata(request, call.metadata, losses);
  if (call.reasoning !== undefined) putReasoning(request, call.reasoning, losses);
  if (call.sampling.logprobs === true)
    request.include = [...(Array.isArray(request.include) ? request.include : []), logprobsInclude];
}
