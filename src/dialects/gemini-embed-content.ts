/** The dialect of `POST …:embedContent`, one embedding. */
import { onlyTextIn } from '../core/embedding.ts';
import { isObject } from '../core/json.ts';
import { embeddingIn } from './embedding-frame.ts';
import { readInput, restoreInput, settingsOf, writeInput } from './gemini/embed-input.ts';
import { defineEmbeddingDialect, valuesIn } from './gemini/embedding.ts';
import { requiredField } from './openai/fields.ts';

const name = 'gemini-embed-content';

export const geminiEmbedContent = defineEmbeddingDialect({
  name,
  verb: 'embedContent',
  check: (json) => void requiredField(json, 'content'),
  read(json) {
    const settings = settingsOf(json);
    const input = readInput(name, json, settings);
    return { embedding: { inputs: [input], isList: false, field: 'content', ...settings }, fields: {} };
  },
  restore(call) {
    const embedding = embeddingIn(call);
    const [input] = embedding.inputs;
    const json = input && restoreInput(name, input, embedding);
    return isObject(json) ? json : {};
  },
  write: (embedding, model) => writeInput(onlyTextIn(embedding), model, embedding),
  vectors: ({ embedding }) => (embedding === undefined ? undefined : [valuesIn(embedding)]),
  reply: ([first]) => ({ embedding: first ?? { values: [] } }),
  formKeys: ['reply.embedding'],
});
