/** Embeddings as one dialect’s upstream makes them, for the client of another: vectors, usage, failures. */
import { describe, expect, test } from 'bun:test';
import { base64Of } from '../../src/core/embedding.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { failureAbroad, usageOf } from '../../src/core/reply.ts';
import { bedrockEmbed } from '../../src/dialects/bedrock-embed.ts';
import { cohereEmbed } from '../../src/dialects/cohere-embed.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { geminiBatchEmbed } from '../../src/dialects/gemini-batch-embed.ts';
import { geminiEmbedContent } from '../../src/dialects/gemini-embed-content.ts';
import { openaiEmbeddings } from '../../src/dialects/openai-embeddings.ts';
import { vertexPredict } from '../../src/dialects/vertex-predict.ts';
import { crossReply } from '../support/trips.ts';

const titan = 'amazon.titan-embed-text-v2:0';

function refusalOf(work: () => unknown): Partial<GatewayError> {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('replies', () => {
  const head = { model: 'as/asked', stream: false, wantsUsage: false };
  const inList = (vectors: readonly JsonValue[], tokens: number, model = 'as/asked') => ({
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
  const counted = new Headers({ 'x-amzn-bedrock-input-token-count': '7' });
  const two = [
    [0.5, -0.25],
    [0.125, 1],
  ];
  const base64 = two.map(base64Of);

  test.each<[string, Dialect, JsonObject, Headers | undefined, number[][], number]>([
    [
      'Gemini’s many',
      geminiBatchEmbed,
      { embeddings: two.map((values) => ({ values })), usageMetadata: { promptTokenCount: 4 } },
      undefined,
      two,
      4,
    ],
    [
      'Gemini’s one',
      geminiEmbedContent,
      { embedding: { values: two[0] ?? [] }, usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 } },
      undefined,
      two.slice(0, 1),
      4,
    ],
    [
      'Cohere’s',
      cohereEmbed,
      { id: 'i', texts: ['a'], embeddings: { float: two }, meta: { billed_units: { input_tokens: 5 } } },
      undefined,
      two,
      5,
    ],
    [
      'Cohere’s in base64',
      cohereEmbed,
      { id: 'i', embeddings: { base64 }, meta: { tokens: { input_tokens: 5 } } },
      undefined,
      two,
      5,
    ],
    ['Cohere’s on Bedrock, of old', bedrockEmbed, { embeddings: two, response_type: 'x' }, counted, two, 7],
    ['Cohere’s on Bedrock', bedrockEmbed, { embeddings: { float: two } }, counted, two, 7],
    [
      'Titan’s, whose body counts too',
      bedrockEmbed,
      { embedding: two[0] ?? [], embeddingsByType: { float: two[0] ?? [] }, inputTextTokenCount: 3 },
      counted,
      two.slice(0, 1),
      3,
    ],
    [
      'Nova’s',
      bedrockEmbed,
      { embeddings: [{ embedding: two[0] ?? [], embeddingType: 'TEXT' }] },
      counted,
      two.slice(0, 1),
      7,
    ],
    [
      'Vertex’s',
      vertexPredict,
      {
        predictions: two.map((values) => ({
          embeddings: { values, statistics: { token_count: 2, truncated: false } },
        })),
        metadata: { billableCharacterCount: 5 },
      },
      undefined,
      two,
      4,
    ],
  ])('%s', (_what, from, json, headers, vectors, tokens) => {
    const more = headers === undefined ? { head } : { head, headers };
    expect(crossReply(from, openaiEmbeddings, json, more)).toEqual({
      written: inList(vectors, tokens),
      losses: [],
    });
    const asBase64 = crossReply(from, openaiEmbeddings, json, { ...more, head: { ...head, asBase64: true } });
    expect(asBase64.written).toEqual(inList(vectors.map(base64Of), tokens));
    expect(usageOf(from.speak.readReply(json, headers))).toEqual({ inputTokens: tokens, outputTokens: 0 });
  });

  test('OpenAI’s to Gemini, in the order of the inputs, whatever form the upstream chose', () => {
    const data = [
      { object: 'embedding', index: 1, embedding: base64[1] ?? '' },
      { object: 'embedding', index: 0, embedding: two[0] ?? [] },
    ];
    const json: JsonObject = { object: 'list', data, model: 'm', usage: { total_tokens: 6 } };
    const embeddings = two.map((values) => ({ values }));
    const usageMetadata = { promptTokenCount: 6 };
    expect(crossReply(openaiEmbeddings, geminiBatchEmbed, json)).toEqual({
      written: { embeddings, usageMetadata },
      losses: [],
    });
    expect(crossReply(openaiEmbeddings, geminiEmbedContent, json).written).toEqual({
      embedding: embeddings[0],
      usageMetadata,
    });
  });

  test.each([[[0, 0]], [[1, 2]], [[-1, 0]], [['1', 0]], [[0.5, 1]], [[undefined, undefined]]])(
    'indexes that are no order, %j, leave the order as it came',
    (indexes) => {
      const data = indexes.map((index, at) => ({
        embedding: two[at] ?? [],
        ...(index !== undefined && { index }),
      }));
      const { written } = crossReply(openaiEmbeddings, geminiBatchEmbed, { data } as JsonObject);
      expect(written).toEqual({ embeddings: two.map((values) => ({ values })) });
    },
  );

  test('a count nobody told is named as missing, where the field is required', () => {
    const { written, losses } = crossReply(geminiBatchEmbed, openaiEmbeddings, {
      embeddings: [{ values: [1] }],
    });
    expect(written.usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
    expect(losses).toEqual(['reply usage']);
  });

  test('what else the upstream says is named', () => {
    const json = { embeddings: [[1]], truncated: true };
    expect(crossReply(bedrockEmbed, openaiEmbeddings, json, { headers: counted }).losses).toEqual([
      'reply.truncated',
    ]);
  });

  test.each<[Dialect, JsonObject]>([
    [geminiBatchEmbed, {}],
    [geminiBatchEmbed, { embeddings: [] }],
    [geminiBatchEmbed, { embeddings: [{ values: [1] }, {}] }],
    [geminiBatchEmbed, { embeddings: [{ values: [1] }, null] }],
    [geminiEmbedContent, { embedding: null }],
    [geminiEmbedContent, { embedding: { values: [] } }],
    [openaiEmbeddings, { data: {} }],
    [openaiEmbeddings, { data: [null] }],
    [openaiEmbeddings, { data: [{ embedding: 'AA==' }] }],
    [cohereEmbed, { embeddings: { int8: [[1]] } }],
    [cohereEmbed, { embeddings: { float: 'x' } }],
    [bedrockEmbed, { embedding: 'odd!' }],
    [bedrockEmbed, { embeddings: [[1], ['x']] }],
    [bedrockEmbed, { embeddings: [{ embeddingType: 'TEXT' }] }],
    [vertexPredict, { predictions: [{ embeddings: {} }] }],
    [vertexPredict, { predictions: [7] }],
  ])('%o says %j: a failure to anyone else, not an empty success', (dialect, json) => {
    expect(failureAbroad(dialect.speak.readReply(json))).toMatchObject({ status: 502 });
  });
});

describe('refusals', () => {
  test('Bedrock’s are read as Bedrock says them', () => {
    const headers = new Headers({ 'x-amzn-errortype': 'ValidationException:http://x' });
    expect(bedrockEmbed.speak.readRefusal(400, { message: 'no' }, headers)).toMatchObject({
      shape: 'bedrock-converse',
      status: 400,
      message: 'no',
      type: 'ValidationException',
    });
  });

  test('Cohere’s bare message is understood', () => {
    expect(cohereEmbed.speak.readRefusal(400, { id: 'i', message: 'no' })).toMatchObject({ message: 'no' });
  });

  test('nobody is listened to in what is only spoken', () => {
    for (const { listen } of [cohereEmbed, bedrockEmbed, vertexPredict])
      expect(refusalOf(() => listen.readHead({ model: 'm' }))).toMatchObject({
        code: 'operation_not_supported',
      });
  });
});

test.each([
  [bedrockEmbed, titan, '/model/amazon.titan-embed-text-v2%3A0/invoke'],
  [cohereEmbed, 'embed-v4.0', '/embed'],
  [openaiEmbeddings, 'e', '/embeddings'],
  [geminiBatchEmbed, 'e', '/models/e:batchEmbedContents'],
] as const)('the path of %o', (dialect, model, path) => {
  expect(dialect.speak.path({ model, stream: false })).toBe(path);
});

test.each([
  [{ prompt_tokens: 3, total_tokens: 3 }, 3],
  [{ total_tokens: 3 }, 3],
  [{ prompt_tokens: 3, completion_tokens: 0, total_tokens: 3 }, 3],
] as const)('the meter reads %j', (usage, inputTokens) => {
  expect(openaiEmbeddings.observe({ usage })).toEqual({ usage: { inputTokens, outputTokens: 0 } });
  expect(openaiEmbeddings.observe({ usage: { total_tokens: 'x' } })).toEqual({});
});
