/** Every dialect by name. */
import type { DialectName } from '../core/dialect-name.ts';
import { bedrockConverse } from './bedrock-converse/index.ts';
import type { Dialect } from './dialect.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiCompletions } from './openai-completions.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';

export const dialects: ReadonlyMap<DialectName, Dialect> = new Map(
  [openaiChat, openaiCompletions, openaiEmbeddings, bedrockConverse].map((dialect) => [
    dialect.name,
    dialect,
  ]),
);
