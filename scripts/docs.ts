/**
 * Generates what restates the code: docs/configuration.md and .env.example from the schema and the provider registry,
 * docs/errors.md from the error table, docs/translation.md from what the dialects do. `--check` writes nothing and exits 1, naming every file that is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { settingFlags } from '../src/commands/flags.ts';
import { configSchema, type Setting, settingsOf } from '../src/config/schema.ts';
import { errorTable } from '../src/core/errors.ts';
import { enablers, type ProviderDefinition } from '../src/providers/provider.ts';
import { builtInProviders } from '../src/providers/registry.ts';
import { code, generated, table } from './markdown.ts';
import { translation } from './translation-page.ts';

const root = join(import.meta.dir, '..');

/** Variables that set no setting of the schema and belong to no provider. */
const otherVariables: readonly (readonly [name: string, fallback: string, meaning: string])[] = [
  ['OPENGATEWAY_CONFIG', '', 'The config file; `opengateway.json` in the working directory when unset.'],
  [
    'OPENGATEWAY_URL',
    '',
    'Where the commands that ask a running gateway find it; `HOST` and `PORT` when unset.',
  ],
  ['OPENGATEWAY_FORCE_TRANSLATE', '', '`1` translates even what could pass through untouched. For tests.'],
  ['HTTPS_PROXY', '', 'The proxy to providers at `https:` addresses.'],
  ['HTTP_PROXY', '', 'The proxy to providers at `http:` addresses.'],
  ['NO_PROXY', '', 'Hosts that are called without a proxy, with commas between them; `*` for all.'],
  [
    'BUN_CONFIG_MAX_HTTP_REQUESTS',
    '65535',
    'Most calls at once through a proxy. Read as the process starts: set it in the environment, not in `.env`.',
  ],
];

type Schema = Setting['schema'];

function choicesOf(schema: Schema): string[] {
  return ((schema.anyOf as { const: string }[] | undefined) ?? []).map((choice) => choice.const);
}

function typeOf(schema: Schema): string {
  const choices = choicesOf(schema);
  if (choices.length > 0) return choices.map(code).join(', ');
  if (schema.type === 'array') {
    const item = typeOf(schema.items as Schema);
    if (item.endsWith('by name')) return 'list';
    return item === 'text' ? 'list of texts' : `list of ${item}`;
  }
  if (schema.type === 'object') return entryOf(schema) === undefined ? 'texts by name' : 'entries by name';
  if (schema.type === 'number') return 'number from 0';
  if (schema.type !== 'integer') return schema.type === 'boolean' ? '`true` or `false`' : 'text';
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  if (minimum === undefined) return 'whole number';
  return maximum === undefined ? `whole number from ${minimum}` : `whole number, ${minimum} to ${maximum}`;
}

/** What each entry of a setting by names has, where that is more than a text. */
function entryOf(schema: Schema): typeof configSchema.properties.limits | undefined {
  const entry = Object.values((schema.patternProperties as Record<string, Schema> | undefined) ?? {})[0];
  return entry?.type === 'object' ? (entry as unknown as typeof configSchema.properties.limits) : undefined;
}

function defaultOf(schema: Schema): string {
  return schema.default === undefined ? '' : String(schema.default);
}

function settingRow({ path, schema }: Setting): string[] {
  const { variable, flag, description } = schema;
  const ways = [variable, flag === undefined ? undefined : `--${flag}`].filter((way) => way !== undefined);
  return [
    code(path.join('.')),
    ways.map(code).join(', '),
    typeOf(schema),
    code(defaultOf(schema)),
    description,
  ];
}

const settingHead = ['key', 'variable, flag', 'value', 'default', 'meaning'];

/** The settings of one entry below `providers`. */
function providerSettings(): Setting[] {
  const entry = Object.values(configSchema.properties.providers.patternProperties)[0];
  return entry === undefined ? [] : settingsOf(entry);
}

function priceSettings(): Setting[] {
  const entry = entryOf(configSchema.properties.prices.properties.models as unknown as Schema);
  return entry === undefined ? [] : settingsOf(entry);
}

const providerHead = ['provider', 'enabled by', 'key', 'address', 'default address', 'APIs', 'models'];

function providerRow(provider: ProviderDefinition): string[] {
  return [
    code(provider.name),
    enablers(provider).map(code).join(' or '),
    code(provider.keyVariable ?? ''),
    code(provider.baseUrlVariable),
    code(provider.defaultBaseUrl ?? ''),
    provider.dialects.map(code).join(', '),
    [...provider.prefixes.map((prefix) => `${prefix}*`), ...provider.models].map(code).join(', '),
  ];
}

function variableRows({ name, variables = {} }: ProviderDefinition): string[][] {
  return Object.entries(variables).map(([variable, meaning]) => [code(name), code(variable), meaning]);
}

/** What is known of how a provider differs, as it would stand in the config file. */
function quirkRows({ name, quirks }: ProviderDefinition): string[][] {
  const { streamUsage, ...others } = quirks;
  const told = { ...(streamUsage ? {} : { streamUsage }), ...others };
  const facts = Object.entries(told).map(([quirk, value]) => code(`${quirk}: ${JSON.stringify(value)}`));
  return facts.length === 0 ? [] : [[code(name), facts.join(', ')]];
}

function configuration(): string {
  const settings = settingsOf().filter(({ path }) => path[0] !== 'providers' && path[0] !== '$schema');
  const schemaOfProviders = configSchema.properties.providers as unknown as Schema;
  const flagOnly = Object.entries(settingFlags()).filter(
    ([name]) => !settings.some(({ schema }) => schema.flag === name),
  );
  return `${generated}

# Configuration

Nothing has to be configured. What is set comes from, the first that says it winning:

1. flags of the command line;
2. environment variables;
3. \`.env\` in the working directory (see [.env.example](../.env.example));
4. the config file: \`--config\`, else \`OPENGATEWAY_CONFIG\`, else \`opengateway.json\` in the working directory;
5. the defaults below.

An empty variable counts as unset, except \`ROOT_KEY\`: an empty secret is refused.

\`opengateway config check [file]\` says what is wrong, with line and column, and exits with 2 when something is.
\`opengateway config schema\` prints the JSON Schema of the file, for completion in an editor.

## Settings

${table(settingHead, settings.map(settingRow))}

Further flags: ${flagOnly.map(([name, { help }]) => `\`--${name}\`: ${help}`).join(' ')}

## Providers built in

A provider is enabled by a variable in the second column, or by an entry of its name in the config file. Of the APIs it
offers, a client of one is passed through; a client of any other is translated to the first of them that can say it.

${table(providerHead, builtInProviders.map(providerRow))}

While none is enabled, the built-in model \`demo/echo\` answers.

Some read further variables:

${table(['provider', 'variable', 'meaning'], builtInProviders.flatMap(variableRows))}

Where they differ from OpenAI, their requests are adapted, and what must be left out is named in the reply header
\`x-opengateway-warnings\`. Each of these \`quirks\` can be changed in the config file:

${table(['provider', 'quirks'], builtInProviders.flatMap(quirkRows))}

## Providers in the config file

\`providers\`: ${schemaOfProviders.description} Each entry takes:

${table(settingHead, providerSettings().map(settingRow))}

## Prices in the config file

\`prices.models\`: US dollars, a million tokens or each. An entry replaces what the catalogue says ([prices.md](prices.md)). Each takes:

${table(settingHead, priceSettings().map(settingRow))}

## Other variables

${table(
  ['variable', 'default', 'meaning'],
  otherVariables.map(([name, fallback, meaning]) => [code(name), code(fallback), meaning]),
)}

## The config file

JSON with comments and trailing commas. \`\${NAME}\` inside a text is replaced by the variable of that name; a variable
that is not set is an error.

\`\`\`jsonc
{
  "aliases": { "fast": "acme/small-1" },
  "providers": {
    "acme": {
      "baseUrl": "https://api.acme.example/v1",
      "apiKey": "\${ACME_API_KEY}",
      "models": ["acme-*"], // besides acme/<model>
      "quirks": { "streamUsage": false }
    }
  }
}
\`\`\`
`;
}

function errors(): string {
  const rows = Object.entries(errorTable).map(([name, kind]) => [
    code(name),
    String(kind.status),
    code(kind.openaiType),
    kind.retryable ? 'yes' : 'no',
    kind.logLevel,
    kind.help,
  ]);
  return `${generated}

# Errors

Every error has OpenAI's shape. For an inference call the reply's \`x-request-id\` names the log line that says more:

\`\`\`json
{"error":{"message":"…","type":"invalid_request_error","param":"model","code":"model_not_found"}}
\`\`\`

A provider's own refusal (\`upstream_rejected\`) is passed on: its status, message, type, param and code, with the
credential removed should it be quoted. The one exception is its 401, which becomes \`upstream_auth_failed\`: the caller's
key is not at fault. An error in mid-stream is the last event of the stream, without \`[DONE]\`.

"Again" says whether the same request can succeed later. The gateway itself does not try again in this version.

${table(['code', 'status', 'type', 'again', 'logged at', 'what it means, what to do'], rows)}
`;
}

/** Where such servers listen when nobody says otherwise. */
const exampleAddresses: Readonly<Record<string, string>> = {
  AZURE_OPENAI_ENDPOINT: 'https://my-resource.openai.azure.com',
  LOCAL_BASE_URL: 'http://127.0.0.1:8000/v1',
  OLLAMA_BASE_URL: 'http://127.0.0.1:11434/v1',
  SGLANG_BASE_URL: 'http://127.0.0.1:30000/v1',
  VLLM_BASE_URL: 'http://127.0.0.1:8000/v1',
};

/** Dotenv lines, all commented out: copying the file changes nothing until a line is uncommented. */
function dotenv(): string {
  const entry = (name: string, value: string, meaning: string) =>
    `# ${meaning.replaceAll('`', '')}\n#${name}=${value}`;
  const settings = settingsOf().flatMap(({ schema }) =>
    schema.variable === undefined ? [] : [entry(schema.variable, defaultOf(schema), describe(schema))],
  );
  const providers = builtInProviders.flatMap((provider) => {
    const { name, keyVariable, baseUrlVariable, defaultBaseUrl, variables = {} } = provider;
    const enables = (variable: string) => (enablers(provider).includes(variable) ? ' Enables it.' : '');
    return [
      ...(keyVariable === undefined
        ? []
        : [entry(keyVariable, '', `Credential for ${name}.${enables(keyVariable)}`)]),
      entry(
        baseUrlVariable,
        defaultBaseUrl ?? exampleAddresses[baseUrlVariable] ?? '',
        `Address of ${name}.${enables(baseUrlVariable)}`,
      ),
      ...Object.entries(variables).map(([variable, meaning]) =>
        entry(variable, '', `For ${name}. ${meaning}${enables(variable)}`),
      ),
    ];
  });
  const others = otherVariables
    .filter(([, , meaning]) => !meaning.includes('not in `.env`'))
    .map(([name, fallback, meaning]) => entry(name, fallback, meaning));
  return `# Settings read from the environment or from .env in the working directory; the environment wins.
# Copy to .env and uncomment what you change. Values shown are the defaults, or examples where there is none.
# Generated by \`scripts/bun scripts/docs.ts\`; docs/configuration.md says more.

# --- the gateway ---

${settings.join('\n\n')}

# --- providers ---

${providers.join('\n\n')}

# --- other ---

${others.join('\n\n')}
`;
}

function describe(schema: Schema): string {
  const choices = choicesOf(schema);
  return choices.length === 0 ? schema.description : `${schema.description} One of ${choices.join(', ')}.`;
}

const documents: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configuration,
  'docs/errors.md': errors,
  'docs/translation.md': translation,
  '.env.example': dotenv,
};

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const stale = Object.entries(documents)
  .map(([path, make]) => ({ path, text: make(), full: join(root, path) }))
  .filter(({ full, text }) => !existsSync(full) || readFileSync(full, 'utf8') !== text);

if (values.check === true) {
  for (const { path } of stale) process.stderr.write(`${path} is stale: run scripts/bun scripts/docs.ts\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else
  for (const { path, full, text } of stale) {
    writeFileSync(full, text);
    process.stdout.write(`${path}\n`);
  }
