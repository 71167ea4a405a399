/**
 * Routes whose calls are passed on to a provider that offers the surface: all of OpenAI's and Anthropic's published paths
 * but for inference, which is understood, and the administration of the provider's account, which is nobody's here.
 */
import type { SurfaceName } from '../core/dialect-name.ts';
import { GatewayError } from '../core/errors.ts';
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { openaiChat } from '../dialects/openai-chat/index.ts';
import { rerankFamily } from '../dialects/rerank.ts';
import { withoutKey } from '../pipeline/client-query.ts';
import type { ForwardEndpoint } from '../pipeline/forward.ts';
import type { KeptObjects } from '../pipeline/objects/collections.ts';
import { anthropicObjects, audioObjects, modelObjects, noObjects, openaiObjects } from './surface-objects.ts';

interface Rule {
  /** Below which the API's version begins. */
  readonly mount: '' | '/anthropic';
  /** What stands below `/v1`; `*` for everything. */
  readonly beginnings: readonly string[];
  readonly surface: SurfaceName;
  readonly family: Dialect;
  readonly namesModel: boolean;
  readonly writes: boolean;
  readonly objects: KeptObjects;
  readonly defaultModel?: string;
}

const openai = { mount: '', family: openaiChat, namesModel: false, writes: true } as const;
const anthropic = {
  surface: 'anthropic-platform',
  family: anthropicMessages,
  namesModel: false,
  writes: true,
  objects: anthropicObjects,
} as const;

const rules: readonly Rule[] = [
  {
    ...openai,
    beginnings: ['images'],
    surface: 'openai-images',
    namesModel: true,
    objects: noObjects('images'),
  },
  { ...openai, beginnings: ['audio'], surface: 'openai-audio', namesModel: true, objects: audioObjects },
  {
    ...openai,
    beginnings: ['moderations'],
    surface: 'openai-moderations',
    writes: false,
    defaultModel: 'omni-moderation-latest',
    objects: noObjects('moderations'),
  },
  {
    ...openai,
    beginnings: ['rerank'],
    surface: 'rerank',
    family: rerankFamily,
    writes: false,
    objects: noObjects('rerank'),
  },
  { ...openai, beginnings: ['videos'], surface: 'openai-platform', namesModel: true, objects: openaiObjects },
  {
    ...openai,
    beginnings: [
      'agents',
      'assistants',
      'batches',
      'chat/completions',
      'chatkit',
      'containers',
      'content_provenance_checks',
      'conversations',
      'decisions',
      'evals',
      'files',
      'fine_tuning',
      'live',
      'realtime',
      'responses',
      'safety',
      'skills',
      'threads',
      'uploads',
      'vaults',
      'vector_stores',
    ],
    surface: 'openai-platform',
    objects: openaiObjects,
  },
  {
    ...anthropic,
    mount: '',
    beginnings: [
      'complete',
      'deployment_runs',
      'deployments',
      'dreams',
      'environments',
      'memory_stores',
      'messages/batches',
      'sessions',
      'tunnels',
      'user_profiles',
    ],
  },
  { ...anthropic, mount: '/anthropic', beginnings: ['*'] },
];

/**
 * What may be made and changed without being charged for: things that are only kept. What runs there (batches, threads, jobs)
 * costs what nobody here can tell before.
 */
const free: ReadonlySet<string> = new Set([
  'chat/completions',
  'conversations',
  'files',
  'memory_stores',
  'moderations',
  'responses',
  'skills',
  'uploads',
  'user_profiles',
  'vaults',
  'webhook_endpoints',
  'webhook_event_types',
]);

/** Paths both APIs have below `/v1`: Anthropic's clients are known by the header they must send. */
const shared: ReadonlySet<string> = new Set(['agents', 'files', 'skills', 'vaults']);

export interface SurfaceRoute extends ForwardEndpoint {
  readonly forAnthropic?: ForwardEndpoint;
}

/** A model at the provider: listed and looked up here, but a fine-tuned one is deleted there. */
export const modelDeletion: ForwardEndpoint = {
  path: '/v1/models/*',
  surface: 'openai-platform',
  family: openaiChat,
  namesModel: false,
  isFree: true,
  writes: false,
  objects: modelObjects,
};

/** Every forwarded route, each with the pattern its logs and metrics name. */
export const forwardEndpoints: readonly SurfaceRoute[] = rules.flatMap(({ mount, beginnings, ...rule }) =>
  beginnings.flatMap((beginning) => {
    const root = `${mount}/v1/${beginning}`;
    return (beginning === '*' ? [root] : [root, `${root}/*`]).map((path) => ({
      ...rule,
      path,
      isFree: free.has(beginning),
      ...(shared.has(beginning) && {
        forAnthropic: { ...anthropic, path, isFree: free.has(beginning) },
      }),
    }));
  }),
);

/** The endpoint a request on a route is meant for. */
export function endpointFor(route: SurfaceRoute, headers: Headers): ForwardEndpoint {
  return route.forAnthropic !== undefined && headers.has('anthropic-version') ? route.forAnthropic : route;
}

/** Administration of the provider's own account: whoever holds a key here is not its administrator there. */
const administration: ReadonlySet<string> = new Set([
  'organization',
  'organizations',
  'projects',
  // Whose events the account tells, and to whom, with the secrets they are signed with.
  'webhook_endpoints',
  'webhook_event_types',
]);

export const refusedPaths = [...administration].flatMap((what) => [
  `/v1/${what}`,
  `/v1/${what}/*`,
  `/anthropic/v1/${what}/*`,
]);

export function refuseAdministration(): never {
  throw new GatewayError(
    'operation_not_supported',
    'The administration of a provider’s account is not passed on. Use the provider’s own address and an admin key of its own.',
  );
}

/** What no id has, and what servers read in more than one way: ends of paths, further encodings, dots and blanks at an end. */
const ambiguous = /[/\\%\p{Cc}]|^\.+$|[. ]$|^ /u;

/** The segments of a path as every server must read them; undefined where two could differ. */
function segmentsOf(path: string): string[] | undefined {
  const raw = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  try {
    const segments = raw.map(decodeURIComponent);
    return segments.some((segment) => segment === '' || ambiguous.test(segment)) ? undefined : segments;
  } catch {
    return undefined;
  }
}

/** However it is spelled, as the most lenient of servers might read it. */
function isAdministration(path: string): boolean {
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Then it is no path at all, and refused as that.
  }
  return administration.has(/[^/\\]+/.exec(decoded)?.[0].toLowerCase() ?? '');
}

/** As it was sent, where it was sent in the usual way. */
function encoded(segment: string, raw: string | undefined): string {
  const usual = encodeURIComponent(segment);
  return raw === segment || raw === usual ? raw : usual;
}

/**
 * The path below `/v1` as it goes to the provider, with its query but for the caller's key. What is checked of it is what is sent:
 * each segment is decoded once, and written again where it came in another way than usual. Throws `not_found` for one that matched
 * the route as it was sent, but that a URL parser or a server could read as another (`/v1/files/%2e%2e/…`), and
 * `operation_not_supported` for administration, however it is spelled: a route for everything below `/v1` matches it too.
 */
export function forwardedPath(url: string, { path }: Pick<ForwardEndpoint, 'path'>): string {
  const { pathname, search } = new URL(url);
  const isFolded = path.endsWith('*') ? !pathname.startsWith(path.slice(0, -1)) : pathname !== path;
  const below = pathname.slice(pathname.indexOf('/v1/') + '/v1'.length);
  const segments = isFolded ? undefined : segmentsOf(below);
  if (!isFolded && isAdministration(below)) refuseAdministration();
  if (segments === undefined) throw new GatewayError('not_found', 'Unknown request URL.');
  const raw = below.slice(1).split('/');
  return `/${segments.map((segment, at) => encoded(segment, raw[at])).join('/')}${withoutKey(search)}`;
}
