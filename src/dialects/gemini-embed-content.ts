/** The dialect of `POST …:embedContent`, one embedding. */
import { definePlainDialect } from './gemini/plain.ts';
import { requiredField } from './openai/fields.ts';

export const geminiEmbedContent = definePlainDialect({
  name: 'gemini-embed-content',
  verb: 'embedContent',
  check: (json) => void requiredField(json, 'content'),
});
