/** NVIDIA NIM: the API catalog, or a microservice of one’s own at another address. */
import type { ProviderDefinition } from './provider.ts';

export const nvidiaNim: ProviderDefinition = {
  name: 'nvidia-nim',
  prefixes: ['nvidia-nim/'],
  models: [],
  dialects: ['openai-chat', 'openai-completions', 'openai-embeddings'],
  enabledBy: 'NVIDIA_API_KEY',
  keyVariable: 'NVIDIA_API_KEY',
  baseUrlVariable: 'NVIDIA_BASE_URL',
  defaultBaseUrl: 'https://integrate.api.nvidia.com/v1',
  forwardHeaders: [],
  replyHeaders: [],
  quirks: { streamUsage: true, maxTokensField: 'max_tokens', developerRole: false },
};
