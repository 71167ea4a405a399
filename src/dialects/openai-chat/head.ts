/** What every chat request must say, checked the same whether its body passes through or is translated. */
import type { JsonObject } from '../../core/json.ts';
import { openaiCustomer } from '../customer.ts';
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
  const asksForUsage = wantsUsage(json);
  const customer = openaiCustomer(json);
  // Written out: a copy of the head with one field more takes 2 % of a call.
  return customer === undefined
    ? { model, stream, wantsUsage: asksForUsage }
    : { model, stream, wantsUsage: asksForUsage, customer };
}

export function readOutputWish({ max_completion_tokens, max_tokens, n }: JsonObject): OutputWish {
  return outputWish([max_completion_tokens, max_tokens], n);
}
