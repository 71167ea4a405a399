/**
 * `InvokeModel` on an embedding model of Bedrock, whose body is that of the model's maker: Amazon's Titan and Nova, which
 * embed one text a call, and Cohere.
 */
import type { Call } from '../core/call.ts';
import { type EmbeddingTask, onlyTextIn } from '../core/embedding.ts';
import type { HeaderReader } from '../core/header-reader.ts';
import { countOf, isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Losses } from '../core/losses.ts';
import type { Usage } from '../core/usage.ts';
import { readFailure, readRefusal } from './bedrock-converse/error.ts';
import { bedrockPath } from './bedrock-converse/request-line.ts';
import { vectorsIn, writeTexts } from './cohere-embed.ts';
import type { Dialect } from './dialect.ts';
import { embeddingFrame, embeddingIn } from './embedding-frame.ts';
import { definePlainDialect } from './openai/plain.ts';
import { speakOnly } from './speak-only.ts';

const name = 'bedrock-embed';

const countHeader = 'x-amzn-bedrock-input-token-count';

type Writer = (call: Call, losses: Losses) => JsonObject;

/** Names what neither of Amazon's models has a word for. */
function textFor(call: Call, losses: Losses): string {
  const { text, title } = onlyTextIn(embeddingIn(call));
  if (title !== undefined) losses.add('title');
  if (call.endUser !== undefined) losses.add('user');
  return text;
}

/** `size`: the seat of the dimensions, which the multimodal model has inside another object. */
function titan(size: (dimensions: number) => JsonObject): Writer {
  return (call, losses) => {
    const { task, nativeTask, dimensions } = embeddingIn(call);
    if (task !== undefined) losses.add(`task ${nativeTask ?? task}`);
    return { inputText: textFor(call, losses), ...(dimensions !== undefined && size(dimensions)) };
  };
}

/** Nova tells retrieval's two sides apart by whether an index is written or asked. */
const purposes: Readonly<Partial<Record<EmbeddingTask, string>>> = {
  query: 'TEXT_RETRIEVAL',
  document: 'GENERIC_INDEX',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
};

const nova: Writer = (call, losses) => {
  const { task, nativeTask, dimensions } = embeddingIn(call);
  const purpose = task && purposes[task];
  if (task !== undefined && purpose === undefined) losses.add(`task ${nativeTask ?? task}`);
  return {
    taskType: 'SINGLE_EMBEDDING',
    singleEmbeddingParams: {
      embeddingPurpose: purpose ?? 'GENERIC_INDEX',
      ...(dimensions !== undefined && { embeddingDimension: dimensions }),
      text: { truncationMode: 'NONE', value: textFor(call, losses) },
    },
  };
};

const writers: readonly (readonly [RegExp, Writer])[] = [
  [
    /amazon\.titan-embed-image/,
    titan((outputEmbeddingLength) => ({ embeddingConfig: { outputEmbeddingLength } })),
  ],
  [/amazon\.titan-embed/, titan((dimensions) => ({ dimensions }))],
  [/amazon\.nova[^/]*embed/, nova],
  [/cohere\.embed/, writeTexts],
];

function writerFor(model: string): Writer | undefined {
  return writers.find(([pattern]) => pattern.test(model))?.[1];
}

/** Whether a model of Bedrock makes embeddings, as far as its id, or that of its inference profile, says. */
export function isEmbeddingModel(model: string): boolean {
  return writerFor(model) !== undefined;
}

function vectorsOf({ embedding, embeddings }: JsonObject): readonly (JsonValue | undefined)[] | undefined {
  if (embedding !== undefined) return [embedding];
  return vectorsIn(embeddings)?.map((item) => (isObject(item) ? item.embedding : item));
}

/** Only Titan counts in its body. */
function usageIn({ inputTextTokenCount }: JsonObject, headers: HeaderReader | undefined): Usage | undefined {
  const told = headers?.get(countHeader) ?? '';
  const inputTokens = countOf(inputTextTokenCount) ?? (/^\d+$/.test(told) ? Number(told) : undefined);
  return inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 };
}

const plain = definePlainDialect({
  name,
  path: '',
  textSeat: 'choice',
  readHead: () => ({ model: '', stream: false, wantsUsage: false }),
});

const formKeys: ReadonlySet<string> = new Set(
  ['embedding', 'embeddings', 'embeddingsByType', 'inputTextTokenCount', 'texts', 'id', 'response_type'].map(
    (key) => `reply.${key}`,
  ),
);

export const bedrockEmbed: Dialect = {
  ...plain,
  listen: speakOnly(formKeys),
  speak: {
    ...plain.speak,
    path: ({ model }) => bedrockPath(model, 'invoke'),
    writeRequest(call, { model }, losses) {
      // A model named here by the configuration alone is taken for the plainest.
      return (writerFor(model) ?? titan((dimensions) => ({ dimensions })))(call, losses);
    },
    readReply: (json, headers) =>
      embeddingFrame(name, { json, vectors: vectorsOf(json), usage: usageIn(json, headers) }),
    readRefusal,
    readFailure,
  },
};
