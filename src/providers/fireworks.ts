/** Fireworks AI: its models are named `accounts/fireworks/models/…`. */
import type { ProviderDefinition } from './provider.ts';

export const fireworks: ProviderDefinition = {
  name: 'fireworks',
  prefixes: ['fireworks/'],
  models: [],
  dialects: [
    'openai-chat',
    'openai-responses',
    'anthropic-messages',
    'openai-completions',
    'openai-embeddings',
    'rerank',
  ],
  enabledBy: 'FIREWORKS_API_KEY',
  keyVariable: 'FIREWORKS_API_KEY',
  baseUrlVariable: 'FIREWORKS_BASE_URL',
  defaultBaseUrl: 'https://api.fireworks.ai/inference/v1',
  forwardHeaders: ['anthropic-version', 'anthropic-beta'],
  replyHeaders: [],
  quirks: { streamUsage: true, developerRole: false, reasoningField: 'reasoning_content' },
};
