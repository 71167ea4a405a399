/** OpenAI itself. */
import type { ProviderDefinition } from './provider.ts';

export const openai: ProviderDefinition = {
  name: 'openai',
  prefixes: ['openai/'],
  models: ['gpt-*', 'chatgpt-*', 'o1*', 'o3*', 'o4*', 'text-embedding-*', 'davinci-*', 'babbage-*', 'ft:*'],
  dialects: ['openai-chat', 'openai-responses', 'openai-completions', 'openai-embeddings'],
  enabledBy: 'OPENAI_API_KEY',
  keyVariable: 'OPENAI_API_KEY',
  baseUrlVariable: 'OPENAI_BASE_URL',
  defaultBaseUrl: 'https://api.openai.com/v1',
  forwardHeaders: ['openai-organization', 'openai-project', 'openai-beta', 'idempotency-key'],
  replyHeaders: ['openai-processing-ms', 'openai-version'],
  quirks: { streamUsage: true },
  isSuggested: true,
};
