/** vLLM: a server of one’s own; what its models know is up to their chat template, and few know `developer`. */
import type { ProviderDefinition } from './provider.ts';

export const vllm: ProviderDefinition = {
  name: 'vllm',
  prefixes: ['vllm/'],
  models: [],
  dialects: [
    'openai-chat',
    'openai-responses',
    'anthropic-messages',
    'anthropic-count-tokens',
    'openai-completions',
    'openai-embeddings',
    'openai-audio',
    'rerank',
  ],
  enabledBy: 'VLLM_BASE_URL',
  keyVariable: 'VLLM_API_KEY',
  baseUrlVariable: 'VLLM_BASE_URL',
  forwardHeaders: ['anthropic-version', 'anthropic-beta'],
  replyHeaders: [],
  quirks: { streamUsage: true, developerRole: false },
};
