/** What every request must say, checked the same whether its body passes through or is translated. */
import type { JsonObject } from '../../core/json.ts';
import { withAnthropicCustomer } from '../customer.ts';
import type { CallHead, OutputWish } from '../dialect.ts';
import { optionalFlag, optionalNumber, requiredField, requiredString, wrongType } from '../openai/fields.ts';
import { outputWish } from '../output-wish.ts';

const numbers = ['max_tokens', 'temperature', 'top_p', 'top_k'];

export function readHead(json: JsonObject): CallHead {
  const model = requiredString(json, 'model');
  const messages = requiredField(json, 'messages');
  if (!Array.isArray(messages)) throw wrongType('messages', 'an array of objects', messages);
  for (const param of numbers) optionalNumber(json, param);
  const stream = optionalFlag(json, 'stream');
  // Every stream of this API tells its usage.
  return withAnthropicCustomer({ model, stream, wantsUsage: true }, json);
}

export function readOutputWish({ max_tokens }: JsonObject): OutputWish {
  return outputWish([max_tokens]);
}
