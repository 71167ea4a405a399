/** Cohere, by its OpenAI-compatible API: https://docs.cohere.com/docs/compatibility-api lists what it takes. */
import type { ProviderDefinition } from './provider.ts';

export const cohere: ProviderDefinition = {
  name: 'cohere',
  prefixes: ['cohere/'],
  models: ['command-*', 'embed-v4*', 'embed-english-*', 'embed-multilingual-*'],
  dialects: ['openai-chat', 'openai-embeddings'],
  enabledBy: 'COHERE_API_KEY',
  keyVariable: 'COHERE_API_KEY',
  baseUrlVariable: 'COHERE_BASE_URL',
  defaultBaseUrl: 'https://api.cohere.ai/compatibility/v1',
  listsModels: false,
  forwardHeaders: [],
  replyHeaders: [],
  quirks: {
    streamUsage: false,
    maxTokensField: 'max_tokens',
    parallelToolCalls: false,
    refusedFields: [
      'store',
      'metadata',
      'service_tier',
      'verbosity',
      'prompt_cache_key',
      'prompt_cache_retention',
    ],
  },
};
