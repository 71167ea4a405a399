/** Embeddings with the openai npm package, whatever API their maker has; and a Gemini client in front of OpenAI's. */

import { describe, expect, test } from 'bun:test';
import OpenAI from 'openai';
import type { JsonObject } from '../../src/core/json.ts';
import { patternRoutes } from '../../src/http/endpoints.ts';
import { invokeTransport } from '../../src/providers/bedrock/invoke.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { fetchTransport } from '../../src/upstream/fetch-transport.ts';
import { type Answer, configured, type Sent, scripted } from './configured.ts';
import { requestFor, rootKey, type Stage, stageWith } from './in-process.ts';

const vectors = [
  [0.5, -0.25, 3],
  [1, 2, -4],
];
const asked = { encoding: 'default', dimensions: 3 };

interface Maker {
  readonly environment: Record<string, string>;
  readonly model: string;
  readonly input: string | string[];
  readonly wrap?: (transport: Provider['transport']) => Provider['transport'];
  readonly url: string;
  readonly body: JsonObject;
  readonly answer: Answer;
}

const counted = { headers: { 'x-amzn-bedrock-input-token-count': '6' } };
const bedrock = { AWS_BEARER_TOKEN_BEDROCK: 'key-of-a-test', AWS_REGION: 'us-east-1' };
const runtime = 'https://bedrock-runtime.us-east-1.amazonaws.com/model';

const makers: Record<string, Maker> = {
  Gemini: {
    environment: { GEMINI_API_KEY: 'key-of-a-test' },
    model: 'gemini-embedding-001',
    input: ['one', 'two'],
    url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:batchEmbedContents',
    body: {
      requests: ['one', 'two'].map((text) => ({
        model: 'models/gemini-embedding-001',
        content: { parts: [{ text }] },
        outputDimensionality: 3,
      })),
    },
    answer: () =>
      Response.json({
        embeddings: vectors.map((values) => ({ values })),
        usageMetadata: { promptTokenCount: 6 },
      }),
  },
  Cohere: {
    environment: { COHERE_API_KEY: 'key-of-a-test' },
    model: 'embed-v4.0',
    input: ['one', 'two'],
    url: 'https://api.cohere.com/v2/embed',
    body: {
      model: 'embed-v4.0',
      texts: ['one', 'two'],
      input_type: 'search_document',
      output_dimension: 3,
      embedding_types: ['float'],
    },
    answer: () =>
      Response.json({ id: 'x', embeddings: { float: vectors }, meta: { billed_units: { input_tokens: 6 } } }),
  },
  'Cohere on Bedrock': {
    environment: bedrock,
    model: 'cohere.embed-v4:0',
    input: ['one', 'two'],
    wrap: invokeTransport,
    url: `${runtime}/cohere.embed-v4%3A0/invoke`,
    body: { texts: ['one', 'two'], input_type: 'search_document', output_dimension: 3 },
    answer: () => Response.json({ embeddings: { float: vectors }, id: 'x' }, counted),
  },
  Titan: {
    environment: bedrock,
    model: 'bedrock/amazon.titan-embed-text-v2:0',
    input: 'one',
    wrap: invokeTransport,
    url: `${runtime}/amazon.titan-embed-text-v2%3A0/invoke`,
    body: { inputText: 'one', dimensions: 3 },
    answer: () => Response.json({ embedding: vectors[0], inputTextTokenCount: 6 }),
  },
  Mistral: {
    environment: { MISTRAL_API_KEY: 'key-of-a-test' },
    model: 'mistral-embed',
    input: ['one', 'two'],
    url: 'https://api.mistral.ai/v1/embeddings',
    body: { input: ['one', 'two'], model: 'mistral-embed', output_dimension: 3 },
    answer: () =>
      Response.json({
        object: 'list',
        data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
        model: 'mistral-embed',
        usage: { prompt_tokens: 6, completion_tokens: 0, total_tokens: 6 },
      }),
  },
};

function stageFor({ environment, answer, wrap = (own) => own }: Maker, sent: Sent[]): Stage {
  const transport = scripted(answer, sent);
  return stageWith({ transport, providers: configured(environment, wrap(fetchTransport(transport))) });
}

/** The SDK, with the pipeline in the place of the network; keeps what was recorded of the last call. */
function clientOf(stage: Stage) {
  let record: Record<string, unknown> = {};
  const client = new OpenAI({
    baseURL: 'http://gateway/v1',
    apiKey: rootKey,
    maxRetries: 0,
    fetch: async (url, init) => {
      const called = await stage.call(requestFor(new URL(String(url)).pathname, String(init?.body)));
      record = called.record;
      return new Response(called.text, { status: called.response.status, headers: called.response.headers });
    },
  });
  return { client, record: () => record };
}

describe.each(Object.entries(makers))('openai npm in front of %s', (name, maker) => {
  const wanted = Array.isArray(maker.input) ? vectors : vectors.slice(0, 1);
  const { model, input } = maker;
  // It alone speaks the client's language: what it sends in answer to base64 is its own affair.
  const forms = name === 'Mistral' ? (['float'] as const) : ([undefined, 'float', 'base64'] as const);

  test.each(forms)('as %p', async (form) => {
    const sent: Sent[] = [];
    const { client, record } = clientOf(stageFor(maker, sent));
    const reply = await client.embeddings.create({
      model,
      input,
      dimensions: asked.dimensions,
      ...(form !== undefined && { encoding_format: form }),
    });
    const found = reply.data.map(({ embedding }) => {
      const raw: unknown = embedding;
      if (typeof raw !== 'string') return [...embedding];
      return [...new Float32Array(Uint8Array.fromBase64(raw).buffer)];
    });
    expect(typeof reply.data[0]?.embedding === 'string').toBe(form === 'base64');
    expect(found).toEqual(wanted);
    expect(reply.usage).toMatchObject({ prompt_tokens: 6, total_tokens: 6 });
    expect(reply.model).toBe(model);
    expect(sent.map(({ url }) => url)).toEqual([maker.url]);
    const body = sent[0]?.body;
    const chosen = name === 'Mistral' ? { encoding_format: 'float' } : {};
    expect(body).toEqual({ ...maker.body, ...chosen });
    expect([...(sent[0]?.headers.values() ?? [])].join()).toContain('key-of-a-test');
    expect(record()).toMatchObject({
      status: 200,
      input_tokens: 6,
      output_tokens: 0,
      model: expect.any(String),
    });
  });

  test.skipIf(name === 'Mistral')('token ids are refused, and nothing is sent', async () => {
    const sent: Sent[] = [];
    const { client } = clientOf(stageFor(maker, sent));
    const thrown: unknown = await client.embeddings
      .create({ model, input: [1, 2, 3] })
      .catch((error) => error);
    expect(thrown).toBeInstanceOf(OpenAI.BadRequestError);
    expect(thrown).toMatchObject({ status: 400, code: 'unsupported_value', param: 'input' });
    expect(sent).toEqual([]);
  });

  test.skipIf(name === 'Mistral')('a reply without vectors is the provider’s failure', async () => {
    const { client } = clientOf(stageFor({ ...maker, answer: () => Response.json({ odd: 1 }) }, []));
    const thrown: unknown = await client.embeddings.create({ model, input }).catch((error) => error);
    expect(thrown).toMatchObject({ status: 502, code: 'upstream_malformed' });
  });

  test('what the provider refuses keeps its status and words', async () => {
    const answer = () =>
      Response.json(
        { message: 'no such model', error: { message: 'no such model', code: 404, status: 'NOT_FOUND' } },
        { status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' } },
      );
    const { client } = clientOf(stageFor({ ...maker, answer }, []));
    const thrown: unknown = await client.embeddings.create({ model, input }).catch((error) => error);
    expect(thrown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(String(thrown)).toContain('no such model');
  });
});

test('several texts for a model that takes one: refused before anything is sent', async () => {
  const sent: Sent[] = [];
  const titan = makers.Titan as Maker;
  const { client } = clientOf(stageFor(titan, sent));
  const thrown: unknown = await client.embeddings
    .create({ model: titan.model, input: ['a', 'b'] })
    .catch((error) => error);
  expect(thrown).toMatchObject({ status: 400, code: 'unsupported_value', param: 'input' });
  expect(sent).toEqual([]);
});

test('a refused credential of Bedrock is the gateway’s own fault', async () => {
  const answer = () =>
    Response.json(
      { message: 'x' },
      { status: 403, headers: { 'x-amzn-errortype': 'ExpiredTokenException' } },
    );
  const { client } = clientOf(stageFor({ ...(makers.Titan as Maker), answer }, []));
  const { model, input } = makers.Titan as Maker;
  const thrown: unknown = await client.embeddings.create({ model, input }).catch((error) => error);
  expect(thrown).toMatchObject({ status: 502, code: 'upstream_auth_failed' });
});

describe('a client of Gemini’s in front of OpenAI’s API', () => {
  const at = (verb: string) => `/v1beta/models/text-embedding-3-small:${verb}`;

  async function ask(verb: string, body: unknown, answer: Answer, sent: Sent[] = []) {
    const path = at(verb);
    const route = patternRoutes.find(({ pattern }) => pattern === '/v1beta/models/*');
    const endpoint = route?.find(`http://gateway${path}`);
    if (endpoint === undefined) throw new Error('no such endpoint');
    const transport = scripted(answer, sent);
    const stage = stageWith({
      transport,
      providers: configured({ OPENAI_API_KEY: 'key-of-a-test' }, fetchTransport(transport)),
      endpoints: [{ ...endpoint, path }],
    });
    const called = await stage.call(requestFor(path, body));
    return { ...called, json: JSON.parse(called.text) };
  }

  const made: Answer = ({ body }) => {
    const { input } = body as { input: string | string[] };
    const data = [input]
      .flat()
      .map((_, index) => ({ object: 'embedding', index, embedding: vectors[index] }));
    return Response.json({
      object: 'list',
      data,
      model: 'text-embedding-3-small',
      usage: { prompt_tokens: 6, total_tokens: 6 },
    });
  };

  test('many', async () => {
    const sent: Sent[] = [];
    const requests = ['one', 'two'].map((text) => ({
      model: 'models/text-embedding-3-small',
      content: { parts: [{ text }], role: 'user' },
      outputDimensionality: 3,
      taskType: 'RETRIEVAL_QUERY',
    }));
    const { json, record, response } = await ask('batchEmbedContents', { requests }, made, sent);
    expect(json).toEqual({
      embeddings: vectors.map((values) => ({ values })),
      usageMetadata: { promptTokenCount: 6 },
    });
    expect(sent).toMatchObject([
      {
        url: 'https://api.openai.com/v1/embeddings',
        body: { model: 'text-embedding-3-small', input: ['one', 'two'], dimensions: 3 },
      },
    ]);
    expect(response.headers.get('x-opengateway-warnings')).toContain('RETRIEVAL_QUERY');
    expect(record).toMatchObject({ input_tokens: 6, output_tokens: 0 });
  });

  test('one', async () => {
    const body = { content: { parts: [{ text: 'one' }] } };
    const { json } = await ask('embedContent', body, made);
    expect(json).toEqual({ embedding: { values: vectors[0] }, usageMetadata: { promptTokenCount: 6 } });
  });

  test('errors are Google’s', async () => {
    const refused = () =>
      Response.json({ error: { message: 'no', type: 't', param: null, code: 'c' } }, { status: 400 });
    const { json, response } = await ask('embedContent', { content: { parts: [{ text: 'x' }] } }, refused);
    expect(response.status).toBe(400);
    expect(json).toEqual({ error: { code: 400, message: 'no', status: 'INVALID_ARGUMENT' } });
  });
});
