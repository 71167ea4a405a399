/** DeepSeek: passes over `max_completion_tokens` in silence, and speaks Anthropic’s API below a path of its own. */
import type { ProviderDefinition } from './provider.ts';

export const deepseek: ProviderDefinition = {
  name: 'deepseek',
  prefixes: ['deepseek/'],
  models: ['deepseek-*'],
  dialects: ['openai-chat', 'openai-responses', 'anthropic-messages'],
  enabledBy: 'DEEPSEEK_API_KEY',
  keyVariable: 'DEEPSEEK_API_KEY',
  baseUrlVariable: 'DEEPSEEK_BASE_URL',
  defaultBaseUrl: 'https://api.deepseek.com',
  dialectRoots: { 'anthropic-messages': '/anthropic/v1' },
  forwardHeaders: ['anthropic-version', 'anthropic-beta'],
  replyHeaders: [],
  quirks: {
    streamUsage: true,
    maxTokensField: 'max_tokens',
    developerRole: false,
    reasoningField: 'reasoning_content',
  },
};
