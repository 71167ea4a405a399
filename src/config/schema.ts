/**
 * Every setting in one schema: its type, default, meaning, and the variable and flag that set it too. The JSON Schema
 * (`opengateway config schema`), the diagnostics and `docs/configuration.md` all come from here.
 */
import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox';
import { budgetsSchema, capsSchema, webhooksSchema, whenUncountedSchema } from './caps-schema.ts';
import { ledgerSchema } from './ledger-schema.ts';
import { priceSchema, providerSchema } from './provider-schema.ts';

/** Beyond JSON Schema: other ways to set the same thing. */
export interface SettingOptions {
  readonly description: string;
  readonly default?: unknown;
  /** Environment variable. */
  readonly variable?: string;
  /** Command-line flag without its dashes. */
  readonly flag?: string;
  /** Never repeated in a complaint. And an empty variable counts as unset, except here: an empty secret is a mistake. */
  readonly secret?: boolean;
  /** For entries by name: what a name may look like, in words. */
  readonly names?: string;
}

const duration = (description: string, ms: number, more: object = {}) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400_000, default: ms, description, ...more }));
const bytes = (description: string, size: number) =>
  Type.Optional(Type.Integer({ minimum: 1024, default: size, description }));
const closed = { additionalProperties: false } as const;

export const configSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors: where this schema is.' })),
    host: Type.Optional(
      Type.String({
        minLength: 1,
        default: '0.0.0.0',
        variable: 'HOST',
        flag: 'host',
        description: 'Address to listen on.',
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: 8080,
        variable: 'PORT',
        flag: 'port',
        description: 'Port to listen on; 0 takes a free one.',
      }),
    ),
    workers: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 256,
        default: 1,
        variable: 'WORKERS',
        flag: 'workers',
        description: 'Processes that take calls side by side, on Linux; 0 for one a core.',
      }),
    ),
    rootKey: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'sk-root-change-me',
        variable: 'ROOT_KEY',
        secret: true,
        description:
          'The key with full access. While it is the default it opens to clients on this machine only.',
      }),
    ),
    requireAuth: Type.Optional(
      Type.Boolean({
        default: true,
        variable: 'REQUIRE_AUTH',
        description: 'Refuse requests without a valid key.',
      }),
    ),
    dataDir: Type.Optional(
      Type.String({
        minLength: 1,
        default: './data',
        variable: 'OPENGATEWAY_DATA_DIR',
        flag: 'data-dir',
        description: 'Directory for what the gateway keeps; it is made when there is something to keep.',
      }),
    ),
    databaseUrl: Type.Optional(
      Type.String({
        minLength: 1,
        variable: 'DATABASE_URL',
        secret: true,
        description:
          'Where the database is: `sqlite:<path>`, or `postgres://user:password@host/database`; `opengateway.db` in the data directory when absent.',
      }),
    ),
    redisUrl: Type.Optional(
      Type.String({
        minLength: 1,
        variable: 'REDIS_URL',
        secret: true,
        description:
          'Where calls are counted for several gateways on one PostgreSQL: `redis://user:password@host:6379/0`, or `rediss://`.',
      }),
    ),
    secret: Type.Optional(
      Type.String({
        minLength: 1,
        variable: 'OPENGATEWAY_SECRET',
        secret: true,
        description:
          'What keys are hashed with, at least 16 characters; without it one is drawn and kept beside the database.',
      }),
    ),
    trustedProxies: Type.Optional(
      Type.String({
        variable: 'TRUSTED_PROXIES',
        description:
          'Addresses and CIDR ranges, separated by commas, of the proxies whose `X-Forwarded-For` is believed.',
      }),
    ),
    debug: Type.Optional(
      Type.Boolean({ default: false, variable: 'DEBUG', flag: 'debug', description: 'Log at level DEBUG.' }),
    ),
    logLevel: Type.Optional(
      Type.Union([Type.Literal('DEBUG'), Type.Literal('INFO'), Type.Literal('WARN'), Type.Literal('ERROR')], {
        default: 'INFO',
        variable: 'LOG_LEVEL',
        flag: 'log-level',
        description: 'The least serious log lines to write.',
      }),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          maxBodyBytes: bytes('Largest request body.', 32 << 20),
          maxDepth: Type.Optional(
            Type.Integer({
              minimum: 8,
              maximum: 10_000,
              default: 128,
              description: 'Deepest nesting of a request body.',
            }),
          ),
          maxReplyBytes: bytes('Largest reply of a provider that is not streamed.', 64 << 20),
          maxEventBytes: bytes('Largest single event of a stream.', 16 << 20),
        },
        { ...closed, description: 'Sizes beyond which requests and replies are refused.' },
      ),
    ),
    timeouts: Type.Optional(
      Type.Object(
        {
          requestBodyMs: duration('For a request body to arrive; at most 255 s.', 120_000, {
            maximum: 255_000,
          }),
          connectMs: duration('For a provider to accept a connection.', 10_000),
          firstByteMs: duration('For a provider to begin its answer.', 600_000),
          idleMs: duration('For a provider to continue its answer.', 300_000),
          clientStallMs: duration('For a client that does not read its stream.', 300_000),
          drainMs: duration('For calls under way to end when the gateway stops.', 30_000),
        },
        { ...closed, description: 'Milliseconds after which the gateway gives up.' },
      ),
    ),
    heartbeatMs: duration(
      'Silence of a stream, milliseconds, after which a comment is sent to keep the connection open.',
      15_000,
    ),
    prices: Type.Optional(
      Type.Object(
        {
          unknown: Type.Optional(
            Type.Union([Type.Literal('flag'), Type.Literal('refuse')], {
              default: 'flag',
              description:
                'What happens to calls of models without a price: they go out and are marked `cost_unknown`, or are refused.',
            }),
          ),
          catalogue: Type.Optional(
            Type.String({
              minLength: 1,
              variable: 'OPENGATEWAY_PRICES',
              description:
                'Where `opengateway prices refresh` takes a newer catalogue from: a file, or an address (`docs/prices.md`).',
            }),
          ),
          models: Type.Optional(
            Type.Record(Type.String({ pattern: '^[^/*]+/[^*]*\\*?$' }), priceSchema, {
              ...closed,
              names: '`provider/model`, with `*` at its end for any text',
              description:
                'Prices of your own, instead of the catalogue’s: `"acme/small-*": { "inputPerMTok": 0.1, "outputPerMTok": 0.4 }`.',
            }),
          ),
        },
        { ...closed, description: 'What calls cost.' },
      ),
    ),
    caps: capsSchema,
    budgets: budgetsSchema,
    whenUncounted: whenUncountedSchema,
    webhooks: webhooksSchema,
    ledger: ledgerSchema,
    objects: Type.Optional(
      Type.Object(
        {
          unknown: Type.Optional(
            Type.Union([Type.Literal('refuse'), Type.Literal('allow')], {
              default: 'refuse',
              description:
                'What becomes of requests of virtual keys for files, batches, responses and the like that nobody made through this gateway: they are answered as what is not there, or passed on, for as long as a migration takes.',
            }),
          ),
        },
        { ...closed, description: 'What is made and kept at providers.' },
      ),
    ),
    aliases: Type.Optional(
      Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 }), {
        description: 'Names of your own for models: `"fast": "openai/gpt-4o-mini"`.',
      }),
    ),
    providers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }), providerSchema, {
        ...closed,
        names: 'only lower-case letters, digits and dashes, beginning with a letter or digit',
        description: 'Providers by name; a built-in name changes that provider.',
      }),
    ),
  },
  { ...closed, title: 'OpenGateway configuration' },
);

export type ConfigFile = Static<typeof configSchema>;

export interface Setting {
  /** Keys from the top of the file. */
  readonly path: readonly string[];
  readonly schema: TSchema & SettingOptions;
}

/** Every leaf setting of the schema, in order; records count as one. */
export function settingsOf(schema: TObject = configSchema, path: readonly string[] = []): Setting[] {
  return Object.entries(schema.properties).flatMap(([key, property]) => {
    const here = [...path, key];
    if (property.type === 'object' && 'properties' in property)
      return settingsOf(property as unknown as TObject, here);
    return [{ path: here, schema: property as TSchema & SettingOptions }];
  });
}
