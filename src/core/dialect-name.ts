/** The dialects by name, and which of them can stand in for one another. */
export const conversationDialects = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
] as const;
export type ConversationDialect = (typeof conversationDialects)[number];

export const embeddingDialects = [
  'openai-embeddings',
  'gemini-embed-content',
  'gemini-batch-embed',
  /** Cohere's own `/v2/embed`. */
  'cohere-embed',
  /** `InvokeModel` on an embedding model of Bedrock, whose body is that of the model's maker. */
  'bedrock-embed',
  /** `:predict` on an embedding model of Vertex. */
  'vertex-predict',
] as const;
export type EmbeddingDialect = (typeof embeddingDialects)[number];

export const plainDialects = [
  'openai-completions',
  ...embeddingDialects,
  'anthropic-count-tokens',
  'gemini-count-tokens',
] as const;
export type PlainDialect = (typeof plainDialects)[number];

/** APIs whose calls are passed on without being understood, but for the model they name and the usage they report. */
export const surfaces = [
  'openai-images',
  'openai-audio',
  'openai-moderations',
  /** Sessions over a WebSocket. */
  'openai-realtime',
  /** Everything kept or run at OpenAI: files, batches, vector stores, fine-tuning, stored responses, … */
  'openai-platform',
  /** Batches, files and models of Anthropic. */
  'anthropic-platform',
  'rerank',
] as const;
export type SurfaceName = (typeof surfaces)[number];

export const dialectNames = [...conversationDialects, ...plainDialects, ...surfaces] as const;
export type DialectName = ConversationDialect | PlainDialect | SurfaceName;

const kinds: readonly ReadonlySet<string>[] = [new Set(conversationDialects), new Set(embeddingDialects)];

/** Whether a call in one dialect can be translated to the other: of one kind they can, the rest only pass through. */
export function canTranslate(from: DialectName, to: DialectName): boolean {
  return from === to || kinds.some((kind) => kind.has(from) && kind.has(to));
}
