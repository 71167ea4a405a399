/** The settings of one provider, and of the price of a model. */
import { type Static, Type } from '@sinclair/typebox';
import { dialectNames } from '../core/dialect-name.ts';

const closed = { additionalProperties: false } as const;
const texts = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description }));
const headerNames = (description: string) =>
  Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), { description }));
/** A fact about a provider: of one built in, what is known of it holds where nothing is said. */
const fact = (description: string) => Type.Optional(Type.Boolean({ description }));

const quirksSchema = Type.Object(
  {
    streamUsage: fact('Whether a stream may be asked for usage with `stream_options.include_usage`.'),
    listsModels: fact(
      'Whether it lists its models: `GET /models`, or what its preferred dialect has for it.',
    ),
    maxTokensField: Type.Optional(
      Type.Union([Type.Literal('max_tokens'), Type.Literal('max_completion_tokens')], {
        description: 'The only name it has for the limit of output.',
      }),
    ),
    seedField: Type.Optional(Type.String({ minLength: 1, description: 'Its name for `seed`.' })),
    dimensionsField: Type.Optional(
      Type.String({ minLength: 1, description: 'Its name for the `dimensions` of an embedding.' }),
    ),
    reasoningField: Type.Optional(
      Type.Union([Type.Literal('reasoning'), Type.Literal('reasoning_content')], {
        description: 'Its name for reasoning given back to it in the assistant’s messages.',
      }),
    ),
    developerRole: fact('Whether it knows the role `developer`; where not, `system` is sent.'),
    messageNames: fact('Whether messages may carry a `name`.'),
    strictTools: fact('Whether a tool may be `strict`.'),
    parallelToolCalls: fact('Whether it knows `parallel_tool_calls`.'),
    refusedFields: texts('Top-level fields it refuses and that are left out, with a warning.'),
    modelNames: Type.Optional(
      Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 }), {
        description: 'Its own names for models, by the names clients use.',
      }),
    ),
  },
  { ...closed, description: 'Where it differs from OpenAI.' },
);

export const providerSchema = Type.Object(
  {
    baseUrl: Type.Optional(
      Type.String({
        description: 'Address of its API, up to and including the version: `https://api.example.com/v1`.',
      }),
    ),
    apiKey: Type.Optional(
      Type.String({
        secret: true,
        description: 'Its credential; write `${NAME}` to take it from the environment.',
      }),
    ),
    authHeader: Type.Optional(
      Type.String({
        default: 'authorization',
        pattern: '^[A-Za-z0-9-]+$',
        description: 'Header that carries the credential; `authorization` sends it as `Bearer`.',
      }),
    ),
    prefixes: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Written before a model name to choose this provider; its name and a slash when absent.',
      }),
    ),
    models: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Model names that mean this provider without a prefix; `*` stands for any text.',
      }),
    ),
    headers: Type.Optional(
      // Some providers want their credential in one of these.
      Type.Record(Type.String(), Type.String({ secret: true }), {
        description: 'Further headers sent with every request.',
      }),
    ),
    dialects: Type.Optional(
      Type.Array(Type.Union(dialectNames.map((name) => Type.Literal(name))), {
        minItems: 1,
        description:
          'The APIs it offers, the one that calls in another language are translated to first. OpenAI’s chat, completions and embeddings when absent.',
      }),
    ),
    priceList: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Its name in the price catalogue, where that is not its own (`docs/prices.md`).',
      }),
    ),
    forwardHeaders: headerNames(
      'Headers of the client’s passed on to it, instead of those known to be of use.',
    ),
    replyHeaders: headerNames(
      'Headers of its replies passed on to the client, instead of those known to be of use.',
    ),
    betas: Type.Optional(
      Type.Object(
        {
          allow: texts('The only values of `anthropic-beta` passed on; `*` stands for any text.'),
          deny: texts('Values of `anthropic-beta` not passed on; `*` stands for any text.'),
        },
        { ...closed, description: 'What it is sent of `anthropic-beta`.' },
      ),
    ),
    quirks: Type.Optional(quirksSchema),
  },
  closed,
);

const usd = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1e6, description }));

export const priceSchema = Type.Object(
  {
    as: Type.Optional(
      Type.String({
        pattern: '^[^/]+/.+$',
        description:
          'The price of a model of the catalogue, as `openai/gpt-4o`: for names of your own, such as deployments.',
      }),
    ),
    inputPerMTok: usd('Input.'),
    cachedInputPerMTok: usd('Input read from a cache; as input when absent.'),
    cacheWritePerMTok: usd('Input written to a cache; as input when absent.'),
    cacheWrite1hPerMTok: usd('Written for an hour; as other writes when absent.'),
    outputPerMTok: usd('Output.'),
    reasoningPerMTok: usd('Reasoning; as output when absent.'),
    audioInputPerMTok: usd('Audio in; as input when absent.'),
    audioOutputPerMTok: usd('Audio out; as output when absent.'),
    imageInputPerMTok: usd('Images in; as input when absent.'),
    imageOutputPerMTok: usd('Images out; as output when absent.'),
    perRequest: usd('Each call.'),
    perWebSearch: usd('Each search of the web.'),
  },
  { ...closed, description: 'US dollars.' },
);

export type ProviderConfig = Static<typeof providerSchema>;
