/** The dialect of `POST /v1/completions`, the legacy text completions. */
import { withOpenaiCustomer } from './customer.ts';
import type { Dialect } from './dialect.ts';
import { optionalFlag, optionalNumber, requiredString, wantsUsage } from './openai/fields.ts';
import { definePlainDialect } from './openai/plain.ts';
import { outputWish } from './output-wish.ts';

const plain = definePlainDialect({
  name: 'openai-completions',
  path: '/completions',
  textSeat: 'choice',
  readHead(json) {
    const model = requiredString(json, 'model');
    for (const param of ['n', 'max_tokens', 'temperature', 'top_p']) optionalNumber(json, param);
    const stream = optionalFlag(json, 'stream');
    return withOpenaiCustomer({ model, stream, wantsUsage: wantsUsage(json) }, json);
  },
});

/** What the API lets a call write that does not say. */
const usualTokens = 16;

export const openaiCompletions: Dialect = {
  ...plain,
  listen: {
    ...plain.listen,
    readOutputWish({ max_tokens, n, best_of, prompt }) {
      const { maxTokens = usualTokens, choices } = outputWish([max_tokens], n, best_of);
      const isList = Array.isArray(prompt) && typeof prompt[0] !== 'number';
      return { maxTokens, choices: choices * (isList ? prompt.length : 1) };
    },
  },
};
