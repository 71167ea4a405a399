/** Mistral: its chat API forbids every field it does not know, and always sends usage with a stream. */
import type { ProviderDefinition } from './provider.ts';

export const mistral: ProviderDefinition = {
  name: 'mistral',
  prefixes: ['mistral/'],
  models: [
    'mistral-*',
    'ministral-*',
    'magistral-*',
    'codestral-*',
    'devstral-*',
    'pixtral-*',
    'voxtral-*',
    'open-mistral-*',
    'open-mixtral-*',
  ],
  dialects: ['openai-chat', 'openai-embeddings', 'openai-moderations'],
  enabledBy: 'MISTRAL_API_KEY',
  keyVariable: 'MISTRAL_API_KEY',
  baseUrlVariable: 'MISTRAL_BASE_URL',
  defaultBaseUrl: 'https://api.mistral.ai/v1',
  forwardHeaders: [],
  replyHeaders: [],
  quirks: {
    streamUsage: false,
    maxTokensField: 'max_tokens',
    seedField: 'random_seed',
    dimensionsField: 'output_dimension',
    developerRole: false,
    messageNames: false,
    refusedFields: ['store', 'user', 'service_tier', 'verbosity', 'prompt_cache_retention'],
  },
};
