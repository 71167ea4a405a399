/** The inference routes: which path speaks which dialect. */
import { openaiChat } from '../dialects/openai-chat/index.ts';
import { openaiCompletions } from '../dialects/openai-completions.ts';
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts';
import { openaiResponses } from '../dialects/openai-responses/index.ts';
import type { InferenceEndpoint } from '../pipeline/call-context.ts';

export const endpoints: readonly InferenceEndpoint[] = [
  { path: '/v1/chat/completions', dialect: openaiChat },
  { path: '/v1/responses', dialect: openaiResponses },
  { path: '/v1/completions', dialect: openaiCompletions },
  { path: '/v1/embeddings', dialect: openaiEmbeddings },
];
