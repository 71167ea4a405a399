/** Rankings and moderations as they were recorded, passed on to each provider that offers them. */

import { describe, expect, test } from 'bun:test';
import { isObject } from '../../src/core/json.ts';
import { fetchTransport } from '../../src/upstream/fetch-transport.ts';
import { readTraffic, trafficIsPresent } from '../support/traffic.ts';
import { configured, type Sent, scripted } from './configured.ts';
import { requestFor, stageWith } from './in-process.ts';

const providers: readonly (readonly [string, Record<string, string>, string])[] = [
  ['cohere', { COHERE_API_KEY: 'k-of-tests' }, 'https://api.cohere.com/v2/rerank'],
  [
    'cohere',
    { COHERE_API_KEY: 'k-of-tests', COHERE_BASE_URL: 'https://proxy.test/compatibility/v1' },
    'https://proxy.test/v2/rerank',
  ],
  [
    'cohere',
    { COHERE_API_KEY: 'k-of-tests', COHERE_BASE_URL: 'https://proxy.test/v1' },
    'https://proxy.test/v1/rerank',
  ],
  ['together', { TOGETHER_API_KEY: 'k-of-tests' }, 'https://api.together.ai/v1/rerank'],
  ['fireworks', { FIREWORKS_API_KEY: 'k-of-tests' }, 'https://api.fireworks.ai/inference/v1/rerank'],
  ['openrouter', { OPENROUTER_API_KEY: 'k-of-tests' }, 'https://openrouter.ai/api/v1/rerank'],
  ['vllm', { VLLM_BASE_URL: 'http://h.test/v1', VLLM_API_KEY: 'k-of-tests' }, 'http://h.test/v1/rerank'],
  [
    'sglang',
    { SGLANG_BASE_URL: 'http://h.test/v1', SGLANG_API_KEY: 'k-of-tests' },
    'http://h.test/v1/rerank',
  ],
  ['local', { LOCAL_BASE_URL: 'http://h.test/v1', LOCAL_API_KEY: 'k-of-tests' }, 'http://h.test/v1/rerank'],
];

const ranking = { query: 'q', documents: ['a', 'b'], top_n: 1 };

test.each(providers)('%s ranks (%j)', async (name, environment, url) => {
  const sent: Sent[] = [];
  const transport = scripted(() => Response.json({ results: [{ index: 1, relevance_score: 0.5 }] }), sent);
  const stage = stageWith({ transport, providers: configured(environment, fetchTransport(transport)) });
  const { text, record } = await stage.call(requestFor('/v1/rerank', { ...ranking, model: `${name}/r` }));
  expect(sent.map((one) => [one.url, one.body, one.headers.get('authorization')])).toEqual([
    [url, { ...ranking, model: 'r' }, 'Bearer k-of-tests'],
  ]);
  expect(text).toBe('{"results":[{"index":1,"relevance_score":0.5}]}');
  expect(record).toMatchObject({ status: 200, provider: name, model: 'r' });
});

test('Cohere’s chat stays at its compatible address, and its models of each kind need no prefix', async () => {
  const sent: Sent[] = [];
  const transport = scripted(() => Response.json({ choices: [] }), sent);
  const stage = stageWith({
    transport,
    providers: configured({ COHERE_API_KEY: 'k-of-tests' }, fetchTransport(transport)),
  });
  await stage.call(requestFor('/v1/chat/completions', { model: 'command-a-03-2025', messages: [] }));
  await stage.call(requestFor('/v1/rerank', { ...ranking, model: 'rerank-v3.5' }));
  expect(sent.map(({ url }) => url)).toEqual([
    'https://api.cohere.ai/compatibility/v1/chat/completions',
    'https://api.cohere.com/v2/rerank',
  ]);
});

test('a provider that does not rank is not asked to', async () => {
  const sent: Sent[] = [];
  const transport = scripted(() => Response.json({}), sent);
  const stage = stageWith({
    transport,
    providers: configured({ MISTRAL_API_KEY: 'k-of-tests' }, fetchTransport(transport)),
  });
  const { text } = await stage.call(requestFor('/v1/rerank', { ...ranking, model: 'mistral/x' }));
  expect(JSON.parse(text).error.code).toBe('operation_not_supported');
  expect(sent).toEqual([]);
});

test.each([
  [{ usage: { total_tokens: 43 } }, 43],
  [{ usage: { prompt_tokens: 4, total_tokens: 4 } }, 4],
  [{ meta: { billed_units: { search_units: 1 }, tokens: { input_tokens: 9 } } }, 9],
  [{ meta: { billed_units: { search_units: 1 } } }, undefined],
])('of %j the meter knows %p', async (reply, tokens) => {
  const transport = scripted(() => Response.json(reply));
  const stage = stageWith({
    transport,
    providers: configured({ COHERE_API_KEY: 'k-of-tests' }, fetchTransport(transport)),
  });
  const { record } = await stage.call(requestFor('/v1/rerank', { ...ranking, model: 'rerank-v3.5' }));
  expect(record.input_tokens).toBe(tokens);
});

test('Cohere’s refusal is told as OpenAI would tell it', async () => {
  const transport = scripted(() => Response.json({ id: 'i', message: 'no such model' }, { status: 404 }));
  const stage = stageWith({
    transport,
    providers: configured({ COHERE_API_KEY: 'k-of-tests' }, fetchTransport(transport)),
  });
  const { response, text } = await stage.call(requestFor('/v1/rerank', { ...ranking, model: 'rerank-x' }));
  expect([response.status, JSON.parse(text).error.message]).toEqual([404, 'no such model']);
});

const present = trafficIsPresent('rerank');
describe.skipIf(!present)(
  `recorded rankings${present ? '' : ' (skipped: the recordings are not here)'}`,
  () => {
    const exchanges = present ? readTraffic('rerank') : [];

    test('pass on unchanged but for the model, and their replies to the byte', async () => {
      let bytes = 0;
      for (const { id, request, response } of exchanges) {
        const sent: Sent[] = [];
        const replied = JSON.stringify(response.body);
        const headers = { 'content-type': 'application/json' };
        const transport = scripted(() => new Response(replied, { headers }), sent);
        const stage = stageWith({
          transport,
          providers: configured({ COHERE_API_KEY: 'k-of-tests' }, fetchTransport(transport)),
        });
        const model = request.body?.model;
        const { text, record } = await stage.call(
          requestFor('/v1/rerank', { ...request.body, model: `cohere/${String(model)}` }),
        );
        expect({ id, body: sent[0]?.body }).toEqual({ id, body: request.body });
        expect({ id, text }).toEqual({ id, text: replied });
        const usage = response.body?.usage;
        expect(record.input_tokens).toBe(isObject(usage) ? usage.total_tokens : undefined);
        bytes += text.length;
      }
      process.stdout.write(`rankings: ${exchanges.length} exchanges, ${bytes} bytes\n`);
      expect(exchanges.length).toBe(6);
    });
  },
);

describe('moderations', () => {
  const both = { MISTRAL_API_KEY: 'k-of-tests', OPENAI_API_KEY: 'k-of-tests' };
  const judged = { id: 'modr-1', model: 'm', results: [{ flagged: false }] };

  test.each<[Record<string, string>, string | undefined, string]>([
    [both, 'mistral-moderation-latest', 'https://api.mistral.ai/v1/moderations'],
    [both, 'omni-moderation-latest', 'https://api.openai.com/v1/moderations'],
    // A model unnamed is OpenAI's: others require one.
    [both, undefined, 'https://api.openai.com/v1/moderations'],
    [{ MISTRAL_API_KEY: 'k-of-tests' }, undefined, 'https://api.mistral.ai/v1/moderations'],
  ])('with %j, of the model %p', async (environment, model, url) => {
    const sent: Sent[] = [];
    const transport = scripted(() => Response.json(judged), sent);
    const stage = stageWith({ transport, providers: configured(environment, fetchTransport(transport)) });
    const asked = { input: 'x', ...(model !== undefined && { model }) };
    const { text } = await stage.call(requestFor('/v1/moderations', asked));
    expect(sent.map((one) => [one.url, one.body])).toEqual([[url, asked]]);
    expect(JSON.parse(text)).toEqual(judged);
  });
});
