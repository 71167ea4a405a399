/** Google's Gemini API, as its developers' keys open it. */
import type { ProviderDefinition } from './provider.ts';

export const gemini: ProviderDefinition = {
  name: 'gemini',
  prefixes: ['gemini/'],
  models: ['gemini-*', 'gemma-*', 'learnlm-*'],
  // A call of another dialect may hold many texts: the form for many comes first.
  dialects: ['gemini', 'gemini-batch-embed', 'gemini-embed-content', 'gemini-count-tokens'],
  enabledBy: 'GEMINI_API_KEY',
  keyVariable: 'GEMINI_API_KEY',
  keyHeader: 'x-goog-api-key',
  baseUrlVariable: 'GEMINI_BASE_URL',
  defaultBaseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  forwardHeaders: [],
  replyHeaders: [],
  priceList: 'google',
  quirks: { streamUsage: false },
  isSuggested: true,
};
