/** Together AI. */
import type { ProviderDefinition } from './provider.ts';

export const together: ProviderDefinition = {
  name: 'together',
  prefixes: ['together/'],
  models: [],
  dialects: [
    'openai-chat',
    'openai-completions',
    'openai-embeddings',
    'openai-images',
    'openai-audio',
    'rerank',
  ],
  enabledBy: 'TOGETHER_API_KEY',
  keyVariable: 'TOGETHER_API_KEY',
  baseUrlVariable: 'TOGETHER_BASE_URL',
  defaultBaseUrl: 'https://api.together.ai/v1',
  forwardHeaders: [],
  replyHeaders: [],
  quirks: { streamUsage: true, maxTokensField: 'max_tokens', developerRole: false },
};
