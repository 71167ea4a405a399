/** `GET /v1/models` and `GET /v1/models/{id}`. */
import { GatewayError } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import type { ModelList } from '../routing/model-list.ts';

function reply(body: unknown): Response {
  return Response.json(body, { headers: { 'x-request-id': newRequestId() } });
}

export async function listModels(models: ModelList): Promise<Response> {
  return reply({ object: 'list', data: await models.all() });
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** The id may hold slashes, plain or as `%2F`. */
export async function retrieveModel(models: ModelList, id: string): Promise<Response> {
  const entry = await models.find(decoded(id));
  if (entry !== undefined) return reply(entry);
  throw new GatewayError(
    'model_not_found',
    `The model '${id}' does not exist or you do not have access to it.`,
    {
      param: 'model',
    },
  );
}
