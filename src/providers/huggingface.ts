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
  // The provider it routes to stands after the model's name.
  priceList: (model) => {
    const [name = '', partner = ''] = model.split(':');
    return { list: `huggingface_${partner}`, model: name };
  },
  quirks: { streamUsage: true, maxTokensField: 'max_tokens', developerRole: false },
};
