/** The dialect of `POST …:batchEmbedContents`, many embeddings. */
import { take } from '../core/carry.ts';
import { textsIn } from '../core/embedding.ts';
import { GatewayError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { embeddingIn } from './embedding-frame.ts';
import { isSame, readInput, restoreInput, settingsOf, writeInput } from './gemini/embed-input.ts';
import { defineEmbeddingDialect, valuesIn } from './gemini/embedding.ts';
import { requiredField, wrongType } from './openai/fields.ts';

const name = 'gemini-batch-embed';

export const geminiBatchEmbed = defineEmbeddingDialect({
  name,
  verb: 'batchEmbedContents',
  check(json) {
    const requests = requiredField(json, 'requests');
    if (!Array.isArray(requests)) throw wrongType('requests', 'an array', requests);
  },
  read(json) {
    const fields: JsonObject = { ...json };
    const raw = take(fields, 'requests');
    const requests = Array.isArray(raw) ? raw : [];
    const each = requests.map((request) => settingsOf(isObject(request) ? request : {}));
    const [first = {}] = each;
    const settings = each.every((one) => isSame(one, first)) ? first : {};
    const inputs = requests.map((request) => readInput(name, request, settings));
    return { embedding: { inputs, isList: true, field: 'requests', ...settings }, fields };
  },
  /** What is left in a request although it is understood was not the same in all of them. */
  checkCrossing(call) {
    for (const { type, ...input } of embeddingIn(call).inputs) {
      const request = type === 'text' && 'carry' in input ? (input.carry?.fields ?? {}) : {};
      const [differing] = Object.keys(settingsOf(request));
      if (differing === undefined) continue;
      const message = `The model's provider embeds all texts of a call alike: 'requests' differ in their ${differing === 'dimensions' ? 'outputDimensionality' : 'taskType'}.`;
      throw new GatewayError('unsupported_value', message, { param: 'requests' });
    }
  },
  restore(call, fields) {
    const embedding = embeddingIn(call);
    return { ...fields, requests: embedding.inputs.map((input) => restoreInput(name, input, embedding)) };
  },
  write: (embedding, model) => ({
    requests: textsIn(embedding).map((input) => writeInput(input, model, embedding)),
  }),
  vectors: ({ embeddings }) => (Array.isArray(embeddings) ? embeddings.map(valuesIn) : undefined),
  reply: (embeddings) => ({ embeddings: [...embeddings] }),
  formKeys: ['reply.embeddings'],
});
