/** What every Responses request must say, checked the same whether its body passes through or is translated. */
import { GatewayError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { withOpenaiCustomer } from '../customer.ts';
import type { CallHead, OutputWish } from '../dialect.ts';
import { optionalFlag, optionalNumber, requiredField, requiredString, wrongType } from '../openai/fields.ts';
import { outputWish } from '../output-wish.ts';

const numbers = ['max_output_tokens', 'temperature', 'top_p', 'top_logprobs'];
/** What may stand in for the input: something the provider keeps. */
const stored = ['previous_response_id', 'conversation', 'prompt'];

/** A stored prompt has a model of its own, which only the provider knows: where the call goes and what it may cost must be known here. */
function modelOf(json: JsonObject): string {
  if (isObject(json.prompt) && (json.model === undefined || json.model === null))
    throw new GatewayError(
      'missing_required_parameter',
      "Missing required parameter: 'model'. It decides where a call goes and what it costs, with a stored prompt too: name the prompt's own.",
      { param: 'model' },
    );
  return requiredString(json, 'model');
}

export function readHead(json: JsonObject): CallHead {
  const model = modelOf(json);
  const { input, stream_options: options } = json;
  if (!stored.some((key) => json[key] !== undefined && json[key] !== null)) requiredField(json, 'input');
  if (input !== undefined && input !== null && typeof input !== 'string' && !Array.isArray(input))
    throw wrongType('input', 'a string or an array of items', input);
  if (options !== undefined && options !== null && !isObject(options))
    throw wrongType('stream_options', 'an object', options);
  for (const param of numbers) optionalNumber(json, param);
  // Every Responses stream reports its usage.
  return withOpenaiCustomer({ model, stream: optionalFlag(json, 'stream'), wantsUsage: true }, json);
}

export function readOutputWish({ max_output_tokens }: JsonObject): OutputWish {
  return outputWish([max_output_tokens]);
}
