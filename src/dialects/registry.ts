/** Every dialect by name. */
import type { DialectName } from '../core/dialect-name.ts';
import { anthropicCountTokens } from './anthropic-count-tokens.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { bedrockConverse } from './bedrock-converse/index.ts';
import { bedrockEmbed } from './bedrock-embed.ts';
import { cohereEmbed } from './cohere-embed.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini/index.ts';
import { geminiBatchEmbed } from './gemini-batch-embed.ts';
import { geminiCountTokens } from './gemini-count-tokens.ts';
import { geminiEmbedContent } from './gemini-embed-content.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiCompletions } from './openai-completions.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { vertexPredict } from './vertex-predict.ts';

export const dialects: ReadonlyMap<DialectName, Dialect> = new Map(
  [
    anthropicCountTokens,
    anthropicMessages,
    bedrockConverse,
    bedrockEmbed,
    cohereEmbed,
    gemini,
    geminiBatchEmbed,
    geminiCountTokens,
    geminiEmbedContent,
    openaiChat,
    openaiCompletions,
    openaiEmbeddings,
    openaiResponses,
    vertexPredict,
  ].map((dialect) => [dialect.name, dialect]),
);
