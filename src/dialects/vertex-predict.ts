/** `:predict` on an embedding model of Vertex: instances in, as many predictions out. */
import { textsIn } from '../core/embedding.ts';
import { countOf, isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Usage } from '../core/usage.ts';
import type { Dialect } from './dialect.ts';
import { embeddingFrame, embeddingIn } from './embedding-frame.ts';
import { taskWord } from './gemini/embed-input.ts';
import { valuesIn } from './gemini/embedding.ts';
import { definePlainDialect } from './gemini/plain.ts';
import { speakOnly } from './speak-only.ts';

const name = 'vertex-predict';

function predictionsIn({ predictions }: JsonObject): JsonObject[] | undefined {
  return Array.isArray(predictions) ? predictions.map((item) => (isObject(item) ? item : {})) : undefined;
}

/** Each prediction counts its own text. */
function tokensOf(embeddings: JsonValue | undefined): number | undefined {
  const statistics = isObject(embeddings) ? embeddings.statistics : undefined;
  return isObject(statistics) ? countOf(statistics.token_count) : undefined;
}

function usageIn(json: JsonObject): Usage | undefined {
  const counts = (predictionsIn(json) ?? []).map(({ embeddings }) => tokensOf(embeddings));
  const known = counts.filter((count) => count !== undefined);
  if (known.length === 0) return undefined;
  return { inputTokens: known.reduce((sum, count) => sum + count, 0), outputTokens: 0 };
}

const plain = definePlainDialect({ name, verb: 'predict', check: () => {} });

export const vertexPredict: Dialect = {
  ...plain,
  listen: speakOnly(new Set(['reply.predictions', 'reply.metadata', 'reply.deployedModelId'])),
  speak: {
    ...plain.speak,
    writeRequest(call, _change, losses) {
      const embedding = embeddingIn(call);
      const { task, dimensions } = embedding;
      if (call.endUser !== undefined) losses.add('user');
      return {
        instances: textsIn(embedding).map(({ text, title }) => ({
          ...(task !== undefined && { task_type: taskWord(task) }),
          ...(title !== undefined && { title }),
          content: text,
        })),
        ...(dimensions !== undefined && { parameters: { outputDimensionality: dimensions } }),
      };
    },
    readReply: (json) =>
      embeddingFrame(name, {
        json,
        vectors: predictionsIn(json)?.map(({ embeddings }) => valuesIn(embeddings)),
        usage: usageIn(json),
      }),
  },
};
