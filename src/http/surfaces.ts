/**
 * Routes whose calls are passed on to a provider that offers the surface: all of OpenAI's and Anthropic's published paths
 * but for inference, which is understood, and the administration of the provider's account, which is nobody's here.
 */
import type { SurfaceName } from '../core/dialect-name.ts';
import { GatewayError } from '../core/errors.ts';
import { openaiChat } from '../dialects/openai-chat/index.ts';
import type { ForwardEndpoint } from '../pipeline/forward.ts';

interface Rule {
  /** What stands below `/v1`. */
  readonly beginnings: readonly string[];
  readonly surface: SurfaceName;
  readonly namesModel: boolean;
}

const rules: readonly Rule[] = [
  { beginnings: ['images'], surface: 'openai-images', namesModel: true },
  { beginnings: ['audio'], surface: 'openai-audio', namesModel: true },
  { beginnings: ['moderations'], surface: 'openai-moderations', namesModel: false },
  { beginnings: ['rerank'], surface: 'rerank', namesModel: false },
  { beginnings: ['videos'], surface: 'openai-platform', namesModel: true },
  {
    beginnings: [
      'assistants',
      'batches',
      'chat/completions',
      'chatkit',
      'containers',
      'content_provenance_checks',
      'conversations',
      'evals',
      'files',
      'fine_tuning',
      'realtime',
      'responses',
      'skills',
      'threads',
      'uploads',
      'vector_stores',
    ],
    surface: 'openai-platform',
    namesModel: false,
  },
];

/** Every forwarded route, each with the pattern its logs and metrics name. */
export const forwardEndpoints: readonly ForwardEndpoint[] = rules.flatMap(
  ({ beginnings, surface, namesModel }) =>
    beginnings.flatMap((beginning) =>
      [`/v1/${beginning}`, `/v1/${beginning}/*`].map((path) => ({
        path,
        surface,
        namesModel,
        family: openaiChat,
      })),
    ),
);

/** Administration of the provider's own account: whoever holds a key here is not its administrator there. */
export const refusedPaths = ['/v1/organization/*', '/v1/projects/*'] as const;

export function refuseAdministration(): never {
  throw new GatewayError(
    'operation_not_supported',
    'The administration of a provider’s account is not passed on. Use the provider’s own address and an admin key of its own.',
  );
}

/**
 * The path below `/v1` as it goes to the provider, with its query but for the caller's key. Throws `not_found` for one that
 * matched the route as it was sent, but that a URL parser folds into another (`/v1/files/%2e%2e/…`).
 */
export function forwardedPath(url: string, { path }: ForwardEndpoint): string {
  const { pathname, searchParams, search } = new URL(url);
  const isFolded = path.endsWith('*') ? !pathname.startsWith(path.slice(0, -1)) : pathname !== path;
  if (isFolded) throw new GatewayError('not_found', 'Unknown request URL.');
  const below = pathname.slice('/v1'.length);
  if (!searchParams.has('key')) return below + search;
  searchParams.delete('key');
  const rest = searchParams.toString();
  return rest === '' ? below : `${below}?${rest}`;
}
