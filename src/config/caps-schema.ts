/** The settings of limits and budgets. */
import { Type } from '@sinclair/typebox';
import type { BudgetWindow } from '../ledger/caps.ts';

const closed = { additionalProperties: false } as const;
const rate = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000_000, description }));
const usd = (description: string) => Type.Number({ minimum: 0, maximum: 4_000_000, description });

const windows = ['hour', 'day', 'week', 'month', 'total'] as const satisfies readonly BudgetWindow[];

const limits = Type.Object(
  {
    rpm: rate('Requests a minute.'),
    tpm: rate('Tokens a minute, input and output together.'),
    parallel: rate('Calls at once.'),
  },
  { ...closed, description: 'What may be asked at most.' },
);

const budget = Type.Object(
  {
    limitUsd: usd('US dollars, nine decimals at most.'),
    window: Type.Union(
      windows.map((window) => Type.Literal(window)),
      { description: 'What it is spent in: begins with the calendar’s, in UTC.' },
    ),
    rolling: Type.Optional(
      Type.Boolean({
        description: 'The last hour, day, seven or thirty days, instead of those of the calendar in UTC.',
      }),
    ),
    models: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: 'Only calls of these models; `*` stands for any text.',
      }),
    ),
    raise: Type.Optional(
      Type.Object(
        { limitUsd: usd('Another limit,'), until: Type.String({ description: 'until then, RFC 3339.' }) },
        { ...closed, description: 'Another limit for a while.' },
      ),
    ),
    warnAt: Type.Optional(
      Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 1 }), {
        description: 'Shares of the limit at each of which a warning is given.',
      }),
    ),
  },
  closed,
);

const held = {
  limits: Type.Optional(limits),
  budgets: Type.Optional(
    Type.Array(budget, {
      description: 'What may be spent: `[{ "limitUsd": 5, "window": "day" }]`. All of them hold at once.',
    }),
  ),
};
const entry = Type.Object(held, closed);

export const capsSchema = Type.Optional(
  Type.Object(
    {
      ...held,
      models: Type.Optional(
        Type.Record(Type.String({ minLength: 1 }), entry, {
          description:
            'By model, `*` for any text; all that match hold, and what one matches counts together: `"gpt-4*": { "limits": { "rpm": 100 } }`.',
        }),
      ),
      customers: Type.Optional(
        Type.Record(Type.String({ minLength: 1, maxLength: 128 }), entry, {
          description:
            'By the name a request gives its end user (`user`, `safety_identifier`, `metadata.user_id`); `*` is what each of all others has for itself.',
        }),
      ),
    },
    {
      ...closed,
      description:
        'Limits and budgets of all calls together, of models and of customers (`docs/limits-and-budgets.md`).',
    },
  ),
);

export const budgetsSchema = Type.Optional(
  Type.Object(
    {
      unknownPrice: Type.Optional(
        Type.Union([Type.Literal('refuse'), Type.Literal('allow')], {
          default: 'refuse',
          description: 'What happens to a call that a budget holds for and whose price nobody knows.',
        }),
      ),
      usualOutputTokens: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 1_000_000,
          default: 500,
          description:
            'What a model is taken to answer where the call sets no limit, until its own replies have told.',
        }),
      ),
    },
    { ...closed, description: 'How budgets are kept.' },
  ),
);

const uncounted = (description: string) =>
  Type.Optional(
    Type.Union([Type.Literal('refuse'), Type.Literal('allow')], { default: 'refuse', description }),
  );

export const whenUncountedSchema = Type.Optional(
  Type.Object(
    {
      budgets: uncounted(
        'Calls that a budget holds for. Those that pass are in the ledger, and count once Redis is back.',
      ),
      limits: uncounted('Calls that only limits of a rate hold for.'),
    },
    {
      ...closed,
      description: 'What becomes of calls while they cannot be counted in Redis, where `redisUrl` says so.',
    },
  ),
);

export const webhooksSchema = Type.Optional(
  Type.Object(
    {
      budgetWarning: Type.Optional(
        Type.String({
          pattern: '^https?://',
          description: 'Where a JSON message is posted to when a budget passes one of its `warnAt`.',
        }),
      ),
    },
    { ...closed, description: 'Messages to addresses of yours.' },
  ),
);
