/** The dialect of Cohere's own `POST /v2/embed`, spoken with providers: it takes what OpenAI's form of it has no word for. */
import type { Call } from '../core/call.ts';
import { type EmbeddingTask, textsIn } from '../core/embedding.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Losses } from '../core/losses.ts';
import type { Dialect } from './dialect.ts';
import { embeddingFrame, embeddingIn } from './embedding-frame.ts';
import { usageInMeta } from './embedding-usage.ts';
import { definePlainDialect } from './openai/plain.ts';
import { speakOnly } from './speak-only.ts';

const name = 'cohere-embed';

const inputTypes: Readonly<Partial<Record<EmbeddingTask, string>>> = {
  query: 'search_query',
  document: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
};

/** The task is required: vectors that are to be compared with each other are documents, where nobody says more. */
function inputType(task: EmbeddingTask | undefined, native: string | undefined, losses: Losses): string {
  const word = task === undefined ? 'search_document' : inputTypes[task];
  if (word === undefined) losses.add(`task ${native ?? task}`);
  return word ?? 'search_document';
}

/** What Cohere's models take wherever they are: all but the model's name and the form of the vectors. */
export function writeTexts(call: Call, losses: Losses): JsonObject {
  const { task, nativeTask, dimensions, ...embedding } = embeddingIn(call);
  const inputs = textsIn(embedding);
  if (inputs.some(({ title }) => title !== undefined)) losses.add('title');
  if (call.endUser !== undefined) losses.add('user');
  return {
    texts: inputs.map(({ text }) => text),
    input_type: inputType(task, nativeTask, losses),
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  };
}

/** By type of number in newer replies, a bare list in older ones. */
export function vectorsIn(embeddings: JsonValue | undefined): readonly JsonValue[] | undefined {
  const list = isObject(embeddings) ? (embeddings.float ?? embeddings.base64) : embeddings;
  return Array.isArray(list) ? list : undefined;
}

const plain = definePlainDialect({
  name,
  path: '/embed',
  textSeat: 'choice',
  readHead: () => ({ model: '', stream: false, wantsUsage: false }),
});

export const cohereEmbed: Dialect = {
  ...plain,
  listen: speakOnly(
    new Set(['reply.embeddings', 'reply.texts', 'reply.id', 'reply.meta', 'reply.response_type']),
  ),
  speak: {
    ...plain.speak,
    writeRequest: (call, { model }, losses) => ({
      model,
      ...writeTexts(call, losses),
      embedding_types: ['float'],
    }),
    readReply: (json) =>
      embeddingFrame(name, { json, vectors: vectorsIn(json.embeddings), usage: usageInMeta(json.meta) }),
  },
};
