/**
 * Cohere: chat by its OpenAI-compatible API (https://docs.cohere.com/docs/compatibility-api lists what it takes),
 * embeddings and reranking by its own, beside it. The compatible form of embeddings has no word for what a text is for,
 * nor for dimensions.
 */
import type { DialectName } from '../core/dialect-name.ts';
import { joinPath } from '../upstream/address.ts';
import type { Connection, ConnectSettings, ProviderDefinition } from './provider.ts';

const own: ReadonlySet<DialectName> = new Set(['cohere-embed', 'rerank']);

function connect({ baseUrl, key }: ConnectSettings): Connection {
  const compatible = baseUrl ?? '';
  const native = compatible
    .replace(/\/compatibility\/v\d+$/, '/v2')
    .replace('https://api.cohere.ai/', 'https://api.cohere.com/');
  return {
    url: ({ dialect, path }) => joinPath(own.has(dialect) ? native : compatible, path),
    ...(key !== undefined && { headers: { authorization: `Bearer ${key.reveal()}` } }),
  };
}

export const cohere: ProviderDefinition = {
  name: 'cohere',
  prefixes: ['cohere/'],
  models: ['command-*', 'embed-v4*', 'embed-english-*', 'embed-multilingual-*', 'rerank-*'],
  dialects: ['openai-chat', 'cohere-embed', 'rerank'],
  enabledBy: 'COHERE_API_KEY',
  keyVariable: 'COHERE_API_KEY',
  baseUrlVariable: 'COHERE_BASE_URL',
  defaultBaseUrl: 'https://api.cohere.ai/compatibility/v1',
  listsModels: false,
  forwardHeaders: [],
  replyHeaders: [],
  quirks: {
    streamUsage: false,
    maxTokensField: 'max_tokens',
    parallelToolCalls: false,
    refusedFields: [
      'store',
      'metadata',
      'service_tier',
      'verbosity',
      'prompt_cache_key',
      'prompt_cache_retention',
    ],
  },
  connect,
};
