/** The routes of administration in the OpenAPI description. */
import { type TObject, Type } from '@sinclair/typebox';
import type { EntityKind } from '../../identity/entity.ts';
import { budgetView } from './cap-schemas.ts';
import { type CredentialRoute, credentialRoutes } from './credential-routes.ts';
import { credentialChange, credentialView, newCredential } from './credential-schemas.ts';
import { type AdminAction, type AdminRoute, adminRoutes } from './routes.ts';
import { createBodies, filters, rotateBody, updateBodies } from './schemas.ts';
import { usageParameters, usageRowSchema } from './usage.ts';

const json = 'application/json';
const names: Readonly<Record<EntityKind, string>> = {
  organization: 'Organization',
  team: 'Team',
  user: 'User',
  key: 'Key',
};
const statuses: Partial<Record<AdminAction, number>> = { create: 201, remove: 204 };

/** What the gateway adds to what was said. */
const given = {
  id: Type.String(),
  created_at: Type.String({ format: 'date-time' }),
  updated_at: Type.String({ format: 'date-time' }),
  budgets: Type.Array(budgetView),
};
const givenTo: Partial<Record<EntityKind, object>> = {
  key: {
    hint: Type.String(),
    key: Type.String({ description: 'The key itself; only in the reply that made it.' }),
  },
};

export const adminSchemas: Readonly<Record<string, object>> = Object.fromEntries([
  ['Usage', usageRowSchema],
  ['NewCredential', newCredential],
  ['CredentialChange', credentialChange],
  ['Credential', credentialView],
  ...(Object.keys(names) as EntityKind[]).flatMap((kind) => [
    [`New${names[kind]}`, createBodies[kind]],
    [`${names[kind]}Change`, updateBodies[kind]],
    [names[kind], viewSchema(kind)],
  ]),
]);

function viewSchema(kind: EntityKind): TObject {
  return Type.Object({ ...createBodies[kind].properties, ...given, ...givenTo[kind] });
}

function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

function text(name: string, where: 'path' | 'query' | 'header', description: string) {
  return { name, in: where, required: where === 'path', schema: { type: 'string' }, description };
}

function parametersOf({ action, path, kind }: AdminRoute): object[] {
  const parameters: object[] = path.includes(':id') ? [text('id', 'path', 'The object’s id.')] : [];
  if (action === 'usage') parameters.push(...usageParameters);
  if (action === 'list') {
    for (const filter of filters[kind]) parameters.push(text(filter, 'query', 'Only what belongs to it.'));
    parameters.push(
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
      text('cursor', 'query', 'The `next_cursor` of the page before.'),
    );
  }
  if (action === 'create' || action === 'rotate')
    parameters.push(
      text('Idempotency-Key', 'header', 'The same request sent again gets the same reply, for a day.'),
    );
  if (action === 'update' || action === 'remove' || action === 'rotate')
    parameters.push(text('If-Match', 'header', 'The `ETag` the object must still have.'));
  return parameters;
}

function replyOf({ action, kind }: AdminRoute): object {
  if (action === 'remove') return { description: 'Done.' };
  const one = reference(action === 'usage' ? 'Usage' : names[kind]);
  const schema =
    action === 'list' || action === 'usage'
      ? {
          type: 'object',
          properties: { data: { type: 'array', items: one }, next_cursor: { type: ['string', 'null'] } },
        }
      : one;
  return { description: 'Done.', content: { [json]: { schema } } };
}

function bodyOf({ action, kind }: AdminRoute): object | undefined {
  if (action === 'create') return reference(`New${names[kind]}`);
  if (action === 'update') return reference(`${names[kind]}Change`);
  return action === 'rotate' ? rotateBody : undefined;
}

const summaries: Readonly<Record<AdminAction, string>> = {
  me: 'The key itself',
  list: 'List, the youngest first',
  create: 'Make one',
  show: 'Show one',
  update: 'Change one',
  remove: 'Delete one; a key stops working at once',
  rotate: 'Give a key a new text',
  usage: 'What was used, added up by day',
};

export function adminPaths(errorReply: object): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of adminRoutes) {
    const { path, method, action } = route;
    const schema = bodyOf(route);
    paths[path.replace(':id', '{id}')] = {
      ...paths[path.replace(':id', '{id}')],
      [method.toLowerCase()]: {
        tags: ['Administration'],
        summary: summaries[action],
        parameters: parametersOf(route),
        ...(schema !== undefined && {
          requestBody: { required: action !== 'rotate', content: { [json]: { schema } } },
        }),
        responses: { [statuses[action] ?? 200]: replyOf(route), default: errorReply },
      },
    };
  }
  for (const route of credentialRoutes) {
    const path = route.path.replace(':id', '{id}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: credentialOperation(route, errorReply) };
  }
  return paths;
}

const credentialSummaries: Readonly<Record<CredentialRoute['action'], string>> = {
  list: 'List credentials for providers: kept ones, and those that are declared',
  create: 'Keep a credential for a provider: encrypted, used from the next call on, never shown again',
  show: 'Show what is known of one',
  update: 'Change one',
  remove: 'Delete one: the provider is no longer called with it',
};

function credentialOperation({ action, path }: CredentialRoute, errorReply: object): object {
  const body = { create: 'NewCredential', update: 'CredentialChange' }[action as string];
  const one = reference('Credential');
  const list = {
    type: 'object',
    properties: { data: { type: 'array', items: one }, next_cursor: { type: 'null' } },
  };
  const parameters: object[] = path.includes(':id') ? [text('id', 'path', 'The credential’s id.')] : [];
  if (action === 'create')
    parameters.push(
      text('Idempotency-Key', 'header', 'The same request sent again gets the same reply, for a day.'),
    );
  if (action === 'update' || action === 'remove')
    parameters.push(text('If-Match', 'header', 'The `ETag` the credential must still have.'));
  const content = { [json]: { schema: action === 'list' ? list : one } };
  return {
    tags: ['Administration'],
    summary: credentialSummaries[action],
    parameters,
    ...(body !== undefined && {
      requestBody: { required: true, content: { [json]: { schema: reference(body) } } },
    }),
    responses: {
      [statuses[action] ?? 200]: { description: 'Done.', ...(action !== 'remove' && { content }) },
      default: errorReply,
    },
  };
}
