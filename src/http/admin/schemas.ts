/** What administration takes and gives, as JSON: the one description that requests are checked against and documents show. */
import { type TObject, type TProperties, type TSchema, Type } from '@sinclair/typebox';
import type { EntityKind } from '../../identity/entity.ts';
import { roles } from '../../identity/role.ts';
import { capsFields } from './cap-schemas.ts';

const closed = { additionalProperties: false } as const;
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const patterns = (description: string, examples: readonly string[]) =>
  Type.Optional(
    orNull(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        maxItems: 256,
        description: `${description} \`*\` stands for any text; null restricts nothing.`,
        examples,
      }),
    ),
  );
const id = (what: string) => Type.Optional(orNull(Type.String({ description: what })));
const role = Type.Optional(Type.Union(roles.map((name) => Type.Literal(name))));
const time = Type.String({ format: 'date-time', description: 'RFC 3339.' });
const expiresAt = { expires_at: Type.Optional(orNull(time)) };

const described = {
  metadata: Type.Optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.String({ maxLength: 512 }), {
      maxProperties: 64,
    }),
  ),
  tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 64 })),
};
const restricted = {
  models: patterns('Models that may be used.', ['gpt-*']),
  providers: patterns('Providers that may be used.', ['my-provider']),
  endpoints: patterns('Routes that may be used, as `endpoint` in the log names them.', ['/v1/chat/*']),
  allowed_ips: Type.Optional(
    orNull(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        maxItems: 256,
        description: 'Addresses and CIDR ranges calls may come from; null for any.',
        examples: ['10.0.0.0/8'],
      }),
    ),
  ),
  disabled: Type.Optional(Type.Boolean()),
};
const name = Type.String({ minLength: 1, maxLength: 200 });
const email = {
  email: Type.Optional(orNull(Type.String({ minLength: 3, maxLength: 254, pattern: '^[^@\\s]+@[^@\\s]+$' }))),
};
const organization = { organization_id: id('The organization it belongs to.') };
const team = { team_id: id('The team it belongs to.') };
const user = { user_id: id('The user it belongs to.') };

/** Fields said once, when the object is made. */
const once: Readonly<Record<EntityKind, TProperties>> = {
  organization: {},
  team: organization,
  user: { ...organization, ...team },
  key: {
    ...organization,
    ...team,
    ...user,
    test: Type.Optional(Type.Boolean({ description: 'Makes a test key.' })),
  },
};
const own: Readonly<Record<EntityKind, TProperties>> = {
  organization: {},
  team: {},
  user: { ...email, role },
  key: { ...expiresAt, role },
};

function body(kind: EntityKind, isNew: boolean): TObject {
  return Type.Object(
    {
      name: isNew ? name : Type.Optional(name),
      ...(isNew && once[kind]),
      ...own[kind],
      ...restricted,
      ...capsFields,
      ...described,
    },
    closed,
  );
}

export const createBodies: Readonly<Record<EntityKind, TObject>> = {
  organization: body('organization', true),
  team: body('team', true),
  user: body('user', true),
  key: body('key', true),
};
export const updateBodies: Readonly<Record<EntityKind, TObject>> = {
  organization: body('organization', false),
  team: body('team', false),
  user: body('user', false),
  key: body('key', false),
};

export const rotateBody = Type.Object(
  {
    grace_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30 * 86_400,
        default: 0,
        description: 'For how long the key’s former text still opens.',
      }),
    ),
  },
  closed,
);

/** Filters of a list, each an id. */
export const filters: Readonly<Record<EntityKind, readonly ('organization_id' | 'team_id' | 'user_id')[]>> = {
  organization: [],
  team: ['organization_id'],
  user: ['organization_id', 'team_id'],
  key: ['organization_id', 'team_id', 'user_id'],
};
