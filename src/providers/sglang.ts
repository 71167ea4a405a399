/** SGLang: a server of one’s own. */
import type { ProviderDefinition } from './provider.ts';

export const sglang: ProviderDefinition = {
  name: 'sglang',
  prefixes: ['sglang/'],
  models: [],
  dialects: [
    'openai-chat',
    'openai-responses',
    'anthropic-messages',
    'anthropic-count-tokens',
    'openai-completions',
    'openai-embeddings',
    'rerank',
  ],
  enabledBy: 'SGLANG_BASE_URL',
  keyVariable: 'SGLANG_API_KEY',
  baseUrlVariable: 'SGLANG_BASE_URL',
  forwardHeaders: ['anthropic-version', 'anthropic-beta'],
  replyHeaders: [],
  quirks: { streamUsage: true, developerRole: false, reasoningField: 'reasoning_content' },
};
