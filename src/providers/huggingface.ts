/** Hugging Face: the router to its inference providers. */
import type { ProviderDefinition } from './provider.ts';

export const huggingface: ProviderDefinition = {
  name: 'huggingface',
  prefixes: ['huggingface/'],
  models: [],
  dialects: ['openai-chat', 'openai-responses'],
  enabledBy: 'HF_TOKEN',
  keyVariable: 'HF_TOKEN',
  baseUrlVariable: 'HUGGINGFACE_BASE_URL',
  defaultBaseUrl: 'https://router.huggingface.co/v1',
  forwardHeaders: [],
  replyHeaders: [],
  quirks: { streamUsage: true, maxTokensField: 'max_tokens', developerRole: false },
};
