/** Cerebras: https://inference-docs.cerebras.ai/resources/openai says that `system` is its `developer`. */
import type { ProviderDefinition } from './provider.ts';

export const cerebras: ProviderDefinition = {
  name: 'cerebras',
  prefixes: ['cerebras/'],
  models: [],
  dialects: ['openai-chat', 'openai-completions'],
  enabledBy: 'CEREBRAS_API_KEY',
  keyVariable: 'CEREBRAS_API_KEY',
  baseUrlVariable: 'CEREBRAS_BASE_URL',
  defaultBaseUrl: 'https://api.cerebras.ai/v1',
  forwardHeaders: [],
  replyHeaders: [],
  quirks: {
    streamUsage: true,
    developerRole: false,
    reasoningField: 'reasoning',
    refusedFields: ['store', 'verbosity', 'prompt_cache_key', 'prompt_cache_retention'],
  },
};
