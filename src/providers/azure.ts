/**
 * Azure OpenAI: the v1 API, or deployments under a dated version; with a key, or a token of Microsoft Entra. The model
 * is the name of the deployment.
 */
import { Secret } from '../core/secret.ts';
import { joinPath, readBaseUrl } from '../upstream/address.ts';
import { type EntraApplication, fetchEntraToken } from './entra.ts';
import type {
  Connection,
  ConnectSettings,
  OutgoingRequest,
  Provider,
  ProviderDefinition,
} from './provider.ts';
import { createTokenSource } from './token-cache.ts';

type Environment = ConnectSettings['environment'];
type Place = Pick<Connection, 'listsModels' | 'quirks'> & Pick<Provider, 'baseUrl' | 'url'>;

const scope = 'https://cognitiveservices.azure.com/.default';
/** Before, `stream_options` and `max_completion_tokens` are fields it does not know. */
const firstModernVersion = '2024-09-01';

/** The resource alone: some copy the address with the path of one API or the other. */
function resourceOf(baseUrl: string): string {
  return baseUrl.replace(/\/openai(?:\/v1)?$/, '');
}

function place(baseUrl: string, version: string | undefined): Place {
  const resource = resourceOf(baseUrl);
  if (version === undefined || version === 'v1') return { baseUrl: `${resource}/openai/v1` };
  if (version === 'preview' || version === 'latest')
    return {
      baseUrl: `${resource}/openai/v1`,
      listsModels: false,
      url: ({ path }) => `${resource}/openai/v1${path}?api-version=${version}`,
    };
  if (!/^\d{4}-\d{2}-\d{2}(?:-preview)?$/.test(version))
    throw new Error(
      `AZURE_OPENAI_API_VERSION must be a date such as 2024-10-21, or unset for the v1 API, not '${version}'.`,
    );
  const query = `?api-version=${version}`;
  return {
    baseUrl: `${resource}/openai`,
    // It would list the models one could deploy, not what is deployed.
    listsModels: false,
    ...(version < firstModernVersion && { quirks: { streamUsage: false, maxTokensField: 'max_tokens' } }),
    url: ({ model, dialect, path }) =>
      dialect === 'openai-responses'
        ? `${resource}/openai${path}${query}`
        : `${joinPath(`${resource}/openai/deployments/${encodeURIComponent(model)}`, path)}${query}`,
  };
}

function applicationOf(environment: Environment): EntraApplication {
  const tenantId = environment.AZURE_TENANT_ID?.trim();
  const clientId = environment.AZURE_CLIENT_ID?.trim();
  const clientSecret = environment.AZURE_CLIENT_SECRET?.trim();
  if (!tenantId || !clientId || !clientSecret)
    throw new Error(
      'Azure OpenAI needs a credential: set AZURE_OPENAI_API_KEY, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
    );
  const authorityHost = readBaseUrl(
    environment.AZURE_AUTHORITY_HOST?.trim() || 'https://login.microsoftonline.com',
  );
  if (typeof authorityHost === 'object') throw new Error(`AZURE_AUTHORITY_HOST: ${authorityHost.problem}.`);
  return { authorityHost, tenantId, clientId, clientSecret, scope };
}

function connect({ environment, baseUrl, key }: ConnectSettings): Connection {
  if (baseUrl === undefined)
    throw new Error(
      'Azure OpenAI needs the address of its resource: set AZURE_OPENAI_ENDPOINT to https://<resource>.openai.azure.com.',
    );
  const placed = place(baseUrl, environment.AZURE_OPENAI_API_VERSION?.trim() || undefined);
  if (key !== undefined) return { ...placed, headers: { 'api-key': key.reveal() } };
  const application = applicationOf(environment);
  const tokens = createTokenSource({
    fetch: (signal) => fetchEntraToken(application, signal),
    secrets: [new Secret(application.clientSecret)],
  });
  return {
    ...placed,
    secrets: tokens.secrets,
    async authorize({ headers }: OutgoingRequest) {
      return { ...headers, authorization: `Bearer ${await tokens.current()}` };
    },
  };
}

export const azure: ProviderDefinition = {
  name: 'azure',
  prefixes: ['azure/'],
  models: [],
  dialects: [
    'openai-chat',
    'openai-responses',
    'openai-completions',
    'openai-embeddings',
    'openai-images',
    'openai-audio',
  ],
  enabledBy: ['AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_ENDPOINT'],
  keyVariable: 'AZURE_OPENAI_API_KEY',
  baseUrlVariable: 'AZURE_OPENAI_ENDPOINT',
  forwardHeaders: [],
  replyHeaders: ['apim-request-id', 'x-ms-region'],
  quirks: { streamUsage: true },
  variables: {
    AZURE_OPENAI_API_VERSION: 'Dated version of the API, such as `2024-10-21`; the v1 API when unset.',
    AZURE_TENANT_ID: 'Entra: the tenant, where there is no key.',
    AZURE_CLIENT_ID: 'Entra: the application.',
    AZURE_CLIENT_SECRET: 'Entra: the secret of the application.',
    AZURE_AUTHORITY_HOST: 'Entra: who issues tokens; `https://login.microsoftonline.com` when unset.',
  },
  connect,
};
