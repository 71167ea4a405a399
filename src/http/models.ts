/** The models a client may name, listed and looked up as its own API does. */
import { GatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import { stringOf } from '../core/json.ts';
import type { ModelEntry, ModelList } from '../routing/model-list.ts';

/** How an API lists models: OpenAI's, Anthropic's or Google's. */
interface Listing {
  readonly list: (entries: readonly ModelEntry[]) => object;
  readonly one: (entry: ModelEntry) => object;
}

const openai: Listing = {
  list: (data) => ({ object: 'list', data }),
  one: (entry) => entry,
};

/** What Anthropic says of its own model stands; of another, what every entry has (`lifecycle`: what is listed is active). */
function anthropicModel({ object: _object, created, owned_by: _owner, id, ...own }: ModelEntry) {
  return {
    display_name: stringOf(own.display_name) ?? id,
    created_at: new Date(created * 1000).toISOString(),
    lifecycle: 'active',
    ...(own.type === 'model' && own),
    type: 'model',
    id,
  };
}

/** All on one page: its readers ask for the next only when told that there is more. */
const anthropic: Listing = {
  list: (entries) => ({
    data: entries.map(anthropicModel),
    has_more: false,
    first_id: entries.at(0)?.id ?? null,
    last_id: entries.at(-1)?.id ?? null,
  }),
  one: anthropicModel,
};

function googleModel({ id }: ModelEntry) {
  return {
    name: `models/${id}`,
    displayName: id,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  };
}

const google: Listing = {
  list: (entries) => ({ models: entries.map(googleModel) }),
  one: googleModel,
};

function listingFor({ url, headers }: Request): Listing {
  if (headers.has('anthropic-version')) return anthropic;
  return headers.has('x-goog-api-key') || /\/v1beta\/models/.test(url) ? google : openai;
}

function reply(body: object): Response {
  return Response.json(body, { headers: { 'x-request-id': newRequestId() } });
}

/** Undefined: all of them. */
type Usable = ((id: string) => boolean) | undefined;

export async function listModels(models: ModelList, request: Request, isUsable: Usable): Promise<Response> {
  const all = await models.all();
  return reply(listingFor(request).list(isUsable === undefined ? all : all.filter(({ id }) => isUsable(id))));
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** The id may hold slashes, plain or as `%2F`. */
export async function retrieveModel(
  models: ModelList,
  request: Request,
  id: string,
  isUsable: Usable,
): Promise<Response> {
  const entry = await models.find(decoded(id));
  if (entry !== undefined && isUsable?.(entry.id) !== false) return reply(listingFor(request).one(entry));
  throw new GatewayError(
    'model_not_found',
    `The model '${id}' does not exist or you do not have access to it.`,
    { param: 'model' },
  );
}
