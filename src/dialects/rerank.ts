/** Rankings, which are passed on without being understood: errors are OpenAI's, usage is Cohere's or everybody else's. */
import type { Dialect } from './dialect.ts';
import { usageIn, usageInMeta } from './embedding-usage.ts';
import { openaiChat } from './openai-chat/index.ts';

export const rerankFamily: Dialect = {
  ...openaiChat,
  observe(json) {
    const usage = usageIn(json.usage) ?? usageInMeta(json.meta);
    return usage === undefined ? {} : { usage };
  },
};
