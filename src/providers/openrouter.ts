/** OpenRouter: many vendors behind one API, in three dialects. */
import type { ProviderDefinition } from './provider.ts';

export const openrouter: ProviderDefinition = {
  name: 'openrouter',
  prefixes: ['openrouter/'],
  models: [],
  dialects: [
    'openai-chat',
    'openai-responses',
    'anthropic-messages',
    'openai-completions',
    'openai-embeddings',
    'rerank',
  ],
  enabledBy: 'OPENROUTER_API_KEY',
  keyVariable: 'OPENROUTER_API_KEY',
  baseUrlVariable: 'OPENROUTER_BASE_URL',
  defaultBaseUrl: 'https://openrouter.ai/api/v1',
  forwardHeaders: ['http-referer', 'x-title', 'x-openrouter-title', 'anthropic-version', 'anthropic-beta'],
  replyHeaders: [],
  quirks: { streamUsage: true, reasoningField: 'reasoning' },
};
