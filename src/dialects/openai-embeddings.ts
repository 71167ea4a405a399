/** The dialect of `POST /v1/embeddings`. */
import { requiredField, requiredString, wrongType } from './openai/fields.ts';
import { definePlainDialect } from './openai/plain.ts';

export const openaiEmbeddings = definePlainDialect({
  name: 'openai-embeddings',
  path: '/embeddings',
  textSeat: 'choice',
  readHead(json) {
    const model = requiredString(json, 'model');
    const input = requiredField(json, 'input');
    if (typeof input !== 'string' && !Array.isArray(input))
      throw wrongType('input', 'a string or an array', input);
    return { model, stream: false, wantsUsage: false };
  },
});
