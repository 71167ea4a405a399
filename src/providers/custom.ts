/** A provider of the config file, described as a built-in one would be. */
import type { DialectName } from '../core/dialect-name.ts';
import type { ProviderDefinition } from './provider.ts';

const openAiDialects: readonly DialectName[] = ['openai-chat', 'openai-completions', 'openai-embeddings'];

/** What the APIs other than OpenAI's want in every request, where the preferred dialect is one of them. */
const forms: Partial<Record<DialectName, Pick<ProviderDefinition, 'keyHeader' | 'headers'>>> = {
  'anthropic-messages': { keyHeader: 'x-api-key', headers: { 'anthropic-version': '2023-06-01' } },
  gemini: { keyHeader: 'x-goog-api-key' },
};

/** `dialects`: the preferred one first; absent means those of OpenAI that every compatible server has. */
export function customProvider(
  name: string,
  dialects: readonly DialectName[] = openAiDialects,
): ProviderDefinition {
  const [preferred] = dialects;
  return {
    name,
    prefixes: [`${name}/`],
    models: [],
    dialects,
    enabledBy: [],
    baseUrlVariable: '',
    forwardHeaders: dialects.includes('anthropic-messages') ? ['anthropic-version', 'anthropic-beta'] : [],
    replyHeaders: [],
    quirks: { streamUsage: true },
    ...(preferred === undefined ? {} : forms[preferred]),
  };
}
