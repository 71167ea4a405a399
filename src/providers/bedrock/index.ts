/**
 * Amazon Bedrock. Enabled by a bearer key, or by a region together with something that names credentials: keys, a profile,
 * a web identity or a container's endpoint. Where credentials are only on disk or the machine's own role, its entry in the
 * config file enables it.
 */
import type { DialectName } from '../../core/dialect-name.ts';
import { isEmbeddingModel } from '../../dialects/bedrock-embed.ts';
import type { Connection, ConnectSettings, OutgoingRequest, ProviderDefinition } from '../provider.ts';
import { createCredentialSource, namesCredentials, regionIn } from './credentials.ts';
import { invokeBody, invokePath, invokeTransport } from './invoke.ts';
import { partsOf, signedHeaders } from './sign.ts';

const keyVariable = 'AWS_BEARER_TOKEN_BEDROCK';
const baseUrlVariable = 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME';
/** The region a signature names, in addresses of AWS's own. */
const regionOfHost = /^https:\/\/bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./;

const converse: ReadonlySet<DialectName> = new Set(['bedrock-converse']);
const embedding: ReadonlySet<DialectName> = new Set(['bedrock-embed']);
const claude: ReadonlySet<DialectName> = new Set(['bedrock-converse', 'anthropic-messages']);

function signing(environment: ConnectSettings['environment'], region: string): Connection {
  const source = createCredentialSource(environment, region);
  return {
    secrets: source.secrets,
    async authorize({ url, headers, body }: OutgoingRequest) {
      const parts = partsOf(url);
      const signed = { host: parts.host, 'content-type': headers['content-type'] ?? 'application/json' };
      const scope = { region, service: 'bedrock', date: new Date() };
      const request = { method: 'POST', ...parts, headers: signed, body };
      const { host: _host, ...made } = await signedHeaders(request, await source.get(), scope);
      return { ...headers, ...made };
    },
  };
}

function dialectsOf(model: string): ReadonlySet<DialectName> {
  if (isEmbeddingModel(model)) return embedding;
  return /anthropic\.claude/.test(model) ? claude : converse;
}

/** Throws an Error that says which variable is missing. */
function connect({ environment, baseUrl: address, key, transport }: ConnectSettings): Connection {
  const region = regionIn(environment) ?? regionOfHost.exec(address ?? '')?.[1];
  if (region === undefined && (address === undefined || key === undefined))
    throw new Error("'bedrock' needs a region: set AWS_REGION");
  const suffix = region?.startsWith('cn-') === true ? 'amazonaws.com.cn' : 'amazonaws.com';
  const baseUrl = address ?? `https://bedrock-runtime.${region}.${suffix}`;
  return {
    baseUrl,
    dialectsOf,
    url: ({ dialect, model, stream, path }) =>
      baseUrl + (dialect === 'anthropic-messages' ? invokePath(model, stream) : path),
    adapt: (body, { dialect }) => (dialect === 'anthropic-messages' ? invokeBody(body) : body),
    transport: invokeTransport(transport),
    ...(key === undefined
      ? signing(environment, region ?? '')
      : { headers: { authorization: `Bearer ${key.reveal()}` } }),
  };
}

export const bedrock: ProviderDefinition = {
  name: 'bedrock',
  prefixes: ['bedrock/'],
  // Vendors' ids have a dot after the vendor; ids of inference profiles begin with a geography, or are ARNs.
  models: [
    ...['anthropic', 'amazon', 'meta', 'mistral', 'cohere', 'ai21', 'deepseek', 'writer', 'stability', 'zai'],
    ...['minimax', 'moonshot', 'moonshotai', 'nvidia', 'qwen', 'twelvelabs', 'luma'],
    ...['us', 'us-gov', 'eu', 'apac', 'au', 'jp', 'ca', 'global'],
  ]
    .map((vendor) => `${vendor}.*`)
    .concat(
      'openai.gpt-oss-*',
      'google.gemma-*',
      'arn:aws:bedrock:*',
      'arn:aws-us-gov:bedrock:*',
      'arn:aws-cn:bedrock:*',
    ),
  dialects: ['bedrock-converse', 'bedrock-embed'],
  enabledBy: keyVariable,
  isEnabled: (environment) => regionIn(environment) !== undefined && namesCredentials(environment),
  keyVariable,
  baseUrlVariable,
  // The service takes an `accept` for what the model is to write.
  headers: { accept: '*/*' },
  forwardHeaders: [],
  replyHeaders: [],
  priceList: 'aws',
  quirks: { streamUsage: false },
  listsModels: false,
  variables: {
    AWS_REGION: 'Region of Bedrock, else `AWS_DEFAULT_REGION`.',
    AWS_ACCESS_KEY_ID:
      'With `AWS_SECRET_ACCESS_KEY` and, for a session, `AWS_SESSION_TOKEN`: signs requests.',
    AWS_PROFILE: 'Profile of the shared files, where no keys are set.',
    AWS_ROLE_ARN: 'With `AWS_WEB_IDENTITY_TOKEN_FILE`: the role a web identity takes on.',
  },
  connect,
};
