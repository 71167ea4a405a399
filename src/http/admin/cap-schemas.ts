/** Limits and budgets as the administration takes and gives them. */
import { type TSchema, Type } from '@sinclair/typebox';
import { budgetWindows } from '../../ledger/caps.ts';

const closed = { additionalProperties: false } as const;
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const rate = (description: string) =>
  Type.Optional(orNull(Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description })));
const usd = (description: string) =>
  Type.Number({
    minimum: 0,
    maximum: 4_000_000,
    description: `${description} US dollars, nine decimals at most.`,
  });

const limits = Type.Object(
  {
    rpm: rate('Requests a minute.'),
    tpm: rate('Tokens a minute, input and output together.'),
    parallel: rate('Calls at once.'),
  },
  {
    ...closed,
    description: 'All of them at once. A change leaves those alone that it does not name; null lifts one.',
  },
);

const budget = {
  id: Type.Optional(
    Type.String({ pattern: '^budget_[0-9a-f]{32}$', description: 'One that is there already.' }),
  ),
  limit_usd: usd('What may be spent.'),
  window: Type.Union(
    budgetWindows.map((window) => Type.Literal(window)),
    { description: 'When it begins anew, UTC.' },
  ),
  rolling: Type.Optional(
    Type.Boolean({ default: false, description: 'The last hour, day, seven or thirty days instead.' }),
  ),
  models: Type.Optional(
    orNull(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        minItems: 1,
        maxItems: 64,
        description: 'Only calls of these; `*` stands for any text.',
      }),
    ),
  ),
  raise: Type.Optional(
    orNull(
      Type.Object(
        { limit_usd: usd('Another limit,'), until: Type.String({ description: 'until then, RFC 3339.' }) },
        closed,
      ),
    ),
  ),
  warn_at: Type.Optional(
    Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 1 }), {
      maxItems: 8,
      description: 'Shares of the limit at each of which a warning is given.',
      examples: [[0.8]],
    }),
  ),
};

export const capsFields = {
  limits: Type.Optional(orNull(limits)),
  budgets: Type.Optional(
    orNull(
      Type.Array(Type.Object(budget, closed), {
        maxItems: 16,
        description:
          'All of them at once. One of the same window and models as before, or with its id, goes on from what was spent.',
      }),
    ),
  ),
};

/** A budget in a reply: what was said of it, and how it stands. */
export const budgetView = Type.Object({
  ...budget,
  spent_usd: orNull(Type.Number({ description: 'Null while nobody can tell.' })),
  reserved_usd: orNull(Type.Number({ description: 'For calls under way.' })),
  resets_at: orNull(Type.String({ format: 'date-time' })),
});
