/** The dialect of `POST …:batchEmbedContents`, many embeddings. */
import { definePlainDialect } from './gemini/plain.ts';
import { requiredField, wrongType } from './openai/fields.ts';

export const geminiBatchEmbed = definePlainDialect({
  name: 'gemini-batch-embed',
  verb: 'batchEmbedContents',
  check(json) {
    const requests = requiredField(json, 'requests');
    if (!Array.isArray(requests)) throw wrongType('requests', 'an array', requests);
  },
});
