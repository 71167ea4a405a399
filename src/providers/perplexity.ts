/** Perplexity: its Agent API speaks Responses; the chat API of Sonar ended in September 2026. */
import type { ProviderDefinition } from './provider.ts';

export const perplexity: ProviderDefinition = {
  name: 'perplexity',
  prefixes: ['perplexity/'],
  models: ['sonar*'],
  dialects: ['openai-responses'],
  enabledBy: 'PERPLEXITY_API_KEY',
  keyVariable: 'PERPLEXITY_API_KEY',
  baseUrlVariable: 'PERPLEXITY_BASE_URL',
  defaultBaseUrl: 'https://api.perplexity.ai/v1',
  forwardHeaders: [],
  replyHeaders: [],
  listsModels: false,
  quirks: { streamUsage: false, modelNames: { sonar: 'perplexity/sonar' } },
};
