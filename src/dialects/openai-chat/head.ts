/** What every chat request must say, checked the same whether its body passes through or is translated. */
import type { JsonObject } from '../../core/json.ts';
import { withOpenaiCustomer } from '../customer.ts';
import type { CallHead, OutputWish } from '../dialect.ts';
import {
  optionalFlag,
  optionalNumber,
  requiredField,
  requiredString,
  wantsUsage,
  wrongType,
} from '../openai/fields.ts';
import { outputWish } from '../output-wish.ts';

const numbers = ['n', 'max_tokens', 'max_completion_tokens', 'temperature', 'top_p'];

export function readHead(json: JsonObject): CallHead {
  const model = requiredString(json, 'model');
  const messages = requiredField(json, 'messages');
  if (!Array.isArray(messages)) throw wrongType('messages', 'an array of objects', messages);
  for (const param of numbers) optionalNumber(json, param);
  const stream = optionalFlag(json, 'stream');
  return withOpenaiCustomer({ model, stream, wantsUsage: wantsUsage(json) }, json);
}

export function readOutputWish({ max_completion_tokens, max_tokens, n }: JsonObject): OutputWish {
  return outputWish([max_completion_tokens, max_tokens], n);
}
