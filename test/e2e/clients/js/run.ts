/**
 * Runs every client against every provider, scenario by scenario, and prints one line of JSON an outcome:
 * `{"client","provider","scenario","ok","detail"}`. Usage: `bun run.ts URL KEY PROVIDER…`; `-` for a
 * provider calls models by their bare names.
 */
import { agentsClients } from './agents.ts';
import { aiSdkClients } from './ai-sdk.ts';
import { anthropicClients } from './anthropic.ts';
import { awsClients } from './aws.ts';
import type { Answer, Client, Failure } from './client.ts';
import { googleClients } from './google.ts';
import { langchainClients } from './langchain.ts';
import { openaiClients } from './openai.ts';

const [url = '', key = '', ...providers] = process.argv.slice(2);
const gateway = { url, key };
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const clients = [
  ...openaiClients(gateway),
  ...anthropicClients(gateway),
  ...googleClients(gateway),
  ...awsClients(gateway),
  ...aiSdkClients(gateway),
  ...langchainClients(gateway),
  ...agentsClients(gateway),
];

function same(found: unknown, wanted: unknown): string {
  return JSON.stringify(found) === JSON.stringify(wanted)
    ? ''
    : `${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`;
}

function checkAnswer({ text, inputTokens, outputTokens }: Answer): string {
  return same([text, inputTokens, outputTokens], ['The sky is blue.', 20, 9]);
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
    return { name: 'nothing', status: undefined };
  } catch (thrown) {
    const error = thrown as {
      name: string;
      constructor: { name: string };
      status?: number;
      statusCode?: number;
      $metadata?: { httpStatusCode?: number };
    };
    // Classes of the openai and anthropic packages all carry the name Error.
    const name = error.name === 'Error' ? error.constructor.name : error.name;
    return { name, status: error.status ?? error.statusCode ?? error.$metadata?.httpStatusCode };
  }
}

/** What stands before the scenario in a model's name; Bedrock's names say what a model can. */
const prefixes: Readonly<Record<string, string>> = {
  '-': '',
  responses: 'respond/',
  bedrock: 'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:',
};

function modelAt(provider: string, scenario: string): string {
  return (prefixes[provider] ?? `${provider}/`) + scenario;
}

type Scenario = (client: Client, model: (scenario: string) => string) => Promise<string> | undefined;

const scenarios: Readonly<Record<string, Scenario>> = {
  plain: async (client, model) => checkAnswer(await client.plain(model('plain'))),
  streamed: async (client, model) => checkAnswer(await client.streamed(model('plain'))),
  'tool loop': async (client, model) => same(await client.tools(model('weather')), 'In Paris: sunny'),
  'parallel tools': async (client, model) =>
    same(await client.tools(model('parallel')), 'Paris: sunny; Rome: rainy'),
  picture: (client, model) =>
    client
      .picture?.(model('picture'), png)
      .then((text) => same(text, `I see 1 image of ${png.length} characters.`)),
  structured: (client, model) =>
    client.structured?.(model('structured')).then((answer) => same(answer, { answer: 42 })),
  reasoning: async (client, model) => same(await client.tools(model('thinker')), 'signature kept'),
  'error 429': async (client, model) =>
    same((await failureOf(client.plain(model('limited')))).name, client.errors.limited),
  'error 404': async (client, model) =>
    same((await failureOf(client.plain(model('unheard-of')))).name, client.errors.missing),
};

async function outcome(work: Promise<string>): Promise<string> {
  const late = Bun.sleep(20_000).then(() => 'took more than 20 s');
  return await Promise.race([work, late]).catch((thrown: unknown) => String(thrown).slice(0, 400));
}

for (const client of clients)
  for (const provider of providers)
    for (const [scenario, act] of Object.entries(scenarios)) {
      const work = act(client, (name) => modelAt(provider, name));
      if (work === undefined) continue;
      const detail = await outcome(work);
      process.stdout.write(
        `${JSON.stringify({ client: client.name, provider, scenario, ok: detail === '', detail })}\n`,
      );
    }
process.exit(0);
