/** Ollama, on this machine or in its cloud. */
import type { ProviderDefinition } from './provider.ts';

export const ollama: ProviderDefinition = {
  name: 'ollama',
  prefixes: ['ollama/'],
  models: [],
  dialects: [
    'openai-chat',
    'openai-responses',
    'anthropic-messages',
    'openai-completions',
    'openai-embeddings',
  ],
  enabledBy: 'OLLAMA_BASE_URL',
  keyVariable: 'OLLAMA_API_KEY',
  baseUrlVariable: 'OLLAMA_BASE_URL',
  forwardHeaders: ['anthropic-version', 'anthropic-beta'],
  replyHeaders: [],
  quirks: {
    streamUsage: true,
    maxTokensField: 'max_tokens',
    developerRole: false,
    reasoningField: 'reasoning',
  },
};
