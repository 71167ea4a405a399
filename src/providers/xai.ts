/** xAI. */
import type { ProviderDefinition } from './provider.ts';

export const xai: ProviderDefinition = {
  name: 'xai',
  prefixes: ['xai/'],
  models: ['grok-*'],
  dialects: ['openai-chat', 'openai-responses', 'openai-images'],
  enabledBy: 'XAI_API_KEY',
  keyVariable: 'XAI_API_KEY',
  baseUrlVariable: 'XAI_BASE_URL',
  defaultBaseUrl: 'https://api.x.ai/v1',
  forwardHeaders: [],
  replyHeaders: [],
  priceList: 'x-ai',
  quirks: { streamUsage: true, developerRole: false, reasoningField: 'reasoning_content' },
};
