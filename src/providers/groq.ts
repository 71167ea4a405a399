/** Groq: open models, fast. https://console.groq.com/docs/openai says what it does not take. */
import type { ProviderDefinition } from './provider.ts';

export const groq: ProviderDefinition = {
  name: 'groq',
  prefixes: ['groq/'],
  models: [],
  dialects: ['openai-chat', 'openai-responses', 'openai-audio'],
  enabledBy: 'GROQ_API_KEY',
  keyVariable: 'GROQ_API_KEY',
  baseUrlVariable: 'GROQ_BASE_URL',
  defaultBaseUrl: 'https://api.groq.com/openai/v1',
  forwardHeaders: [],
  replyHeaders: [],
  quirks: { streamUsage: true, messageNames: false, reasoningField: 'reasoning' },
};
