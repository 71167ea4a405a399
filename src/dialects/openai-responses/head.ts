/** What every Responses request must say, checked the same whether its body passes through or is translated. */
import { isObject, type JsonObject } from '../../core/json.ts';
import { withOpenaiCustomer } from '../customer.ts';
import type { CallHead, OutputWish } from '../dialect.ts';
import { optionalFlag, optionalNumber, requiredField, requiredString, wrongType } from '../openai/fields.ts';
import { outputWish } from '../output-wish.ts';

const numbers = ['max_output_tokens', 'temperature', 'top_p', 'top_logprobs'];
/** What may stand in for the input: something the provider keeps. */
const stored = ['previous_response_id', 'conversation', 'prompt'];

export function readHead(json: JsonObject): CallHead {
  const model = requiredString(json, 'model');
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
