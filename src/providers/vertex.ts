/** Google Vertex AI: Gemini in Google's dialect, Claude in Anthropic's, each at the address of its publisher. */
import { readFileSync } from 'node:fs';
import type { DialectName } from '../core/dialect-name.ts';
import { GatewayError } from '../core/errors.ts';
import { type JsonObject, parseObject, stringOf } from '../core/json.ts';
import { createGoogleTokens } from './google-token.ts';
import type { Connection, ConnectSettings, OutgoingRequest, ProviderDefinition, Route } from './provider.ts';
import { createTokenSource } from './token-cache.ts';

const anthropicVersion = 'vertex-2023-10-16';
const gemini: ReadonlySet<DialectName> = new Set(['gemini', 'gemini-count-tokens']);
/** Embedding models differ in the form they take; of Gemini's own, the first takes the old one. */
const embedding: ReadonlySet<DialectName> = new Set(['gemini-embed-content', 'gemini-count-tokens']);
const prediction: ReadonlySet<DialectName> = new Set(['vertex-predict', 'gemini-count-tokens']);
const claude: ReadonlySet<DialectName> = new Set(['anthropic-messages', 'anthropic-count-tokens']);

function hostOf(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com';
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

/** The project a credentials file belongs to; undefined where it does not say. Throws when it cannot be read. */
function projectIn(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? ` (${String(thrown.code)})` : '';
    throw new Error(`GOOGLE_APPLICATION_CREDENTIALS names a file that cannot be read: ${path}${code}.`);
  }
  const file = parseObject(text);
  if (file === undefined)
    throw new Error(`GOOGLE_APPLICATION_CREDENTIALS names a file that is no JSON: ${path}.`);
  return stringOf(file.project_id) ?? stringOf(file.quota_project_id);
}

function dialectsOf(model: string): ReadonlySet<DialectName> {
  if (model.startsWith('claude')) return claude;
  if (/^gemini-embedding-(?!001)/.test(model)) return embedding;
  return /embedding/.test(model) ? prediction : gemini;
}

function pathOf({ model, dialect, stream }: Route): string {
  // `claude-…@20250929` is written so by Google itself.
  const name = encodeURIComponent(model).replaceAll('%40', '@');
  switch (dialect) {
    case 'gemini':
      return `/publishers/google/models/${name}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
    case 'gemini-count-tokens':
      return `/publishers/google/models/${name}:countTokens`;
    case 'gemini-embed-content':
      return `/publishers/google/models/${name}:embedContent`;
    case 'vertex-predict':
      return `/publishers/google/models/${name}:predict`;
    case 'anthropic-count-tokens':
      return '/publishers/anthropic/models/count-tokens:rawPredict';
    default:
      return `/publishers/anthropic/models/${name}:${stream ? 'streamRawPredict' : 'rawPredict'}`;
  }
}

function withoutModel({ model: _, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** Anthropic's version goes in the body there, and the model in the address alone but where tokens are counted. */
function adapt(body: JsonObject, { dialect, model }: Route): JsonObject {
  if (dialect === 'anthropic-count-tokens') return { anthropic_version: anthropicVersion, ...body, model };
  if (dialect === 'gemini-embed-content') return body.model === undefined ? body : withoutModel(body);
  if (dialect !== 'anthropic-messages') return body;
  const rest = withoutModel(body);
  return { anthropic_version: anthropicVersion, ...rest };
}

function connect({ environment, baseUrl }: ConnectSettings): Connection {
  const path = environment.GOOGLE_APPLICATION_CREDENTIALS?.trim() || undefined;
  const inFile = path === undefined ? undefined : projectIn(path);
  const project = environment.GOOGLE_CLOUD_PROJECT?.trim() || inFile;
  const location = environment.GOOGLE_CLOUD_LOCATION?.trim() || 'global';
  if (!/^[a-z0-9-]+$/.test(location)) throw new Error(`GOOGLE_CLOUD_LOCATION is no location: '${location}'.`);
  const root = baseUrl ?? hostOf(location);
  const base = /\/v\d\w*$/.test(root) ? root : `${root}/v1`;
  /** Not at the start: credentials may well be there for something else than Vertex. */
  const at = (): string => {
    if (project !== undefined) return `${base}/projects/${encodeURIComponent(project)}/locations/${location}`;
    throw new GatewayError('provider_not_configured', 'Vertex needs a project: set GOOGLE_CLOUD_PROJECT.', {
      param: 'model',
    });
  };
  const tokens = createTokenSource({ fetch: createGoogleTokens(path) });
  return {
    baseUrl: base,
    secrets: tokens.secrets,
    dialectsOf,
    url: (route) => at() + pathOf(route),
    adapt,
    async authorize({ headers }: OutgoingRequest) {
      return { ...headers, authorization: `Bearer ${await tokens.current()}` };
    },
  };
}

export const vertex: ProviderDefinition = {
  name: 'vertex',
  prefixes: ['vertex/'],
  models: [],
  dialects: [
    'gemini',
    'anthropic-messages',
    'gemini-embed-content',
    'vertex-predict',
    'gemini-count-tokens',
    'anthropic-count-tokens',
  ],
  enabledBy: ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CLOUD_PROJECT'],
  baseUrlVariable: 'VERTEX_BASE_URL',
  forwardHeaders: ['anthropic-beta'],
  replyHeaders: [],
  priceList: 'google',
  quirks: { streamUsage: true },
  listsModels: false,
  variables: {
    GOOGLE_APPLICATION_CREDENTIALS:
      'File with the credentials: a service account or workload identity. Unset: the login on this machine, or the metadata server.',
    GOOGLE_CLOUD_PROJECT: 'Project; the one of the credentials when unset.',
    GOOGLE_CLOUD_LOCATION: 'Location; `global` when unset.',
    GCE_METADATA_HOST: 'Another metadata server. Read from the environment, not from `.env`.',
  },
  connect,
};
