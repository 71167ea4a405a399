/** The dialects by name, and which of them can stand in for one another. */
export const conversationDialects = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
] as const;
export type ConversationDialect = (typeof conversationDialects)[number];

export const plainDialects = [
  'openai-completions',
  'openai-embeddings',
  'anthropic-count-tokens',
  'gemini-embed-content',
  'gemini-batch-embed',
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

const conversations: ReadonlySet<string> = new Set(conversationDialects);

/** Whether a call in one dialect can be translated to the other: conversations can, the rest only pass through. */
export function canTranslate(from: DialectName, to: DialectName): boolean {
  return from === to || (conversations.has(from) && conversations.has(to));
}
