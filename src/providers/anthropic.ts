/** Anthropic itself. */
import type { ProviderDefinition } from './provider.ts';

const keyHeader = 'x-api-key';

/** Anthropic's own SDKs take the variable without the version, which is no address of its API. */
function versioned(baseUrl: string): string {
  return /\/v\d+$/.test(baseUrl) ? baseUrl : `${baseUrl}/v1`;
}

export const anthropic: ProviderDefinition = {
  name: 'anthropic',
  prefixes: ['anthropic/'],
  models: ['claude-*'],
  dialects: ['anthropic-messages', 'anthropic-count-tokens', 'anthropic-platform'],
  enabledBy: 'ANTHROPIC_API_KEY',
  keyVariable: 'ANTHROPIC_API_KEY',
  keyHeader,
  baseUrlVariable: 'ANTHROPIC_BASE_URL',
  defaultBaseUrl: 'https://api.anthropic.com/v1',
  // A client of another API names no version.
  headers: { 'anthropic-version': '2023-06-01' },
  forwardHeaders: [
    'anthropic-version',
    'anthropic-beta',
    'anthropic-user-profile-id',
    'anthropic-workspace-id',
    'anthropic-worker-id',
    'idempotency-key',
  ],
  replyHeaders: [
    'anthropic-organization-id',
    'anthropic-workspace-id',
    ...['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((what) =>
      ['limit', 'remaining', 'reset'].map((figure) => `anthropic-ratelimit-${what}-${figure}`),
    ),
  ],
  quirks: { streamUsage: false },
  isSuggested: true,
  connect: ({ baseUrl, key }) => ({
    ...(baseUrl !== undefined && { baseUrl: versioned(baseUrl) }),
    ...(key !== undefined && { headers: { [keyHeader]: key.reveal() } }),
  }),
};
