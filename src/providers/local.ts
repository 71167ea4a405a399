/** Any OpenAI-compatible server of one's own: vLLM, llama.cpp, Ollama, SGLang, … */
import type { ProviderDefinition } from './provider.ts';

export const local: ProviderDefinition = {
  name: 'local',
  prefixes: ['local/'],
  models: [],
  dialects: ['openai-chat', 'openai-completions', 'openai-embeddings', 'rerank'],
  enabledBy: 'LOCAL_BASE_URL',
  keyVariable: 'LOCAL_API_KEY',
  baseUrlVariable: 'LOCAL_BASE_URL',
  forwardHeaders: [],
  replyHeaders: [],
  quirks: { streamUsage: true },
  isSuggested: true,
};
