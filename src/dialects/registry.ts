/** Every dialect by name. */
import type { DialectName } from '../core/dialect-name.ts';
import type { Dialect } from './dialect.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiCompletions } from './openai-completions.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses/index.ts';

export const dialects: ReadonlyMap<DialectName, Dialect> = new Map(
  [openaiChat, openaiResponses, openaiCompletions, openaiEmbeddings].map((dialect) => [
    dialect.name,
    dialect,
  ]),
);
