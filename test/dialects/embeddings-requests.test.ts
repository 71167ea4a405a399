/** Calls for embeddings between all dialects that have them: what each becomes, what is lost, what is refused. */
import { describe, expect, test } from 'bun:test';
import { canTranslate, embeddingDialects } from '../../src/core/dialect-name.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { bedrockEmbed } from '../../src/dialects/bedrock-embed.ts';
import { cohereEmbed } from '../../src/dialects/cohere-embed.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { geminiBatchEmbed } from '../../src/dialects/gemini-batch-embed.ts';
import { geminiEmbedContent } from '../../src/dialects/gemini-embed-content.ts';
import { openaiEmbeddings } from '../../src/dialects/openai-embeddings.ts';
import { dialects } from '../../src/dialects/registry.ts';
import { vertexPredict } from '../../src/dialects/vertex-predict.ts';
import { crossReply, crossRequest } from '../support/trips.ts';

const titan = 'amazon.titan-embed-text-v2:0';
const cohere = 'us.cohere.embed-v4:0';
const nova = 'amazon.nova-2-multimodal-embeddings-v1:0';
const openai = (model: string, input: unknown, more: JsonObject = {}): JsonObject =>
  ({ model, input, ...more }) as JsonObject;
const content = (...texts: string[]) => ({ parts: texts.map((text) => ({ text })) });
const line = { model: 'e' };

function refusalOf(work: () => unknown): Partial<GatewayError> {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

test('embeddings go to any dialect of embeddings, and nowhere else', () => {
  for (const from of embeddingDialects) {
    expect(dialects.has(from)).toBe(true);
    for (const to of embeddingDialects) expect(canTranslate(from, to)).toBe(true);
    for (const other of [
      'openai-chat',
      'gemini',
      'openai-completions',
      'gemini-count-tokens',
      'rerank',
    ] as const) {
      expect(canTranslate(from, other)).toBe(false);
      expect(canTranslate(other, from)).toBe(false);
    }
  }
});

describe('requests', () => {
  const all = { dimensions: 256, encoding_format: 'base64', user: 'u', input_type: 'query' };
  const cases: readonly (readonly [string, Dialect, JsonObject, Dialect, JsonObject, readonly string[]])[] = [
    [
      'one text to Gemini',
      openaiEmbeddings,
      openai('e', 'hi', all),
      geminiBatchEmbed,
      {
        requests: [
          {
            model: 'models/e',
            content: content('hi'),
            taskType: 'RETRIEVAL_QUERY',
            outputDimensionality: 256,
          },
        ],
      },
      ['user'],
    ],
    [
      'many texts to Gemini',
      openaiEmbeddings,
      openai('e', ['a', '']),
      geminiBatchEmbed,
      { requests: ['a', ''].map((text) => ({ model: 'models/e', content: content(text) })) },
      [],
    ],
    [
      'a list of one to the form for one',
      openaiEmbeddings,
      openai('e', ['a']),
      geminiEmbedContent,
      { model: 'models/e', content: content('a') },
      [],
    ],
    [
      'to Cohere',
      openaiEmbeddings,
      openai('embed-v4.0', ['a', 'b'], all),
      cohereEmbed,
      {
        model: 'embed-v4.0',
        texts: ['a', 'b'],
        input_type: 'search_query',
        output_dimension: 256,
        embedding_types: ['float'],
      },
      ['user'],
    ],
    [
      'to Cohere without a task',
      openaiEmbeddings,
      openai('embed-v4.0', 'a', { truncate: 'END', nothing: null }),
      cohereEmbed,
      { model: 'embed-v4.0', texts: ['a'], input_type: 'search_document', embedding_types: ['float'] },
      ['truncate'],
    ],
    [
      'to Cohere on Bedrock',
      openaiEmbeddings,
      openai(cohere, ['a', 'b'], { dimensions: 512, input_type: 'passage' }),
      bedrockEmbed,
      { texts: ['a', 'b'], input_type: 'search_document', output_dimension: 512 },
      [],
    ],
    [
      'to Titan',
      openaiEmbeddings,
      openai(titan, ['a'], all),
      bedrockEmbed,
      { inputText: 'a', dimensions: 256 },
      ['task query', 'user'],
    ],
    [
      'to the Titan that sees images too',
      openaiEmbeddings,
      openai('amazon.titan-embed-image-v1', 'a', { dimensions: 256 }),
      bedrockEmbed,
      { inputText: 'a', embeddingConfig: { outputEmbeddingLength: 256 } },
      [],
    ],
    [
      'to Nova',
      openaiEmbeddings,
      openai(nova, 'a', all),
      bedrockEmbed,
      {
        taskType: 'SINGLE_EMBEDDING',
        singleEmbeddingParams: {
          embeddingPurpose: 'TEXT_RETRIEVAL',
          embeddingDimension: 256,
          text: { truncationMode: 'NONE', value: 'a' },
        },
      },
      ['user'],
    ],
    [
      'to Vertex',
      openaiEmbeddings,
      openai('text-embedding-005', ['a', 'b'], all),
      vertexPredict,
      {
        instances: ['a', 'b'].map((text) => ({ task_type: 'RETRIEVAL_QUERY', content: text })),
        parameters: { outputDimensionality: 256 },
      },
      ['user'],
    ],
    [
      'Gemini’s one to OpenAI',
      geminiEmbedContent,
      { content: { ...content('hi'), role: 'user' }, outputDimensionality: 9 },
      openaiEmbeddings,
      { model: 'e', input: 'hi', dimensions: 9 },
      [],
    ],
    [
      'Gemini’s many to OpenAI, in either spelling',
      geminiBatchEmbed,
      {
        model: 'models/e',
        requests: [
          {
            model: 'models/e',
            content: content('a'),
            output_dimensionality: 9,
            task_type: 'CLUSTERING',
            title: 'T',
          },
          { model: 'models/e', content: content('b'), outputDimensionality: 9, taskType: 'CLUSTERING' },
        ],
      },
      openaiEmbeddings,
      { model: 'e', input: ['a', 'b'], dimensions: 9 },
      ['title', 'task CLUSTERING'],
    ],
    [
      'Gemini’s many to Cohere',
      geminiBatchEmbed,
      { requests: [{ content: content('a'), taskType: 'CLUSTERING' }] },
      cohereEmbed,
      { model: 'e', texts: ['a'], input_type: 'clustering', embedding_types: ['float'] },
      [],
    ],
    [
      'a task Cohere has no word for',
      geminiBatchEmbed,
      { requests: [{ content: content('a'), taskType: 'FACT_VERIFICATION' }] },
      cohereEmbed,
      { model: 'e', texts: ['a'], input_type: 'search_document', embedding_types: ['float'] },
      ['task FACT_VERIFICATION'],
    ],
    [
      'a task nobody knows, and a field nobody knows',
      geminiEmbedContent,
      { content: content('a'), taskType: 'NEWER', autoTruncate: true },
      openaiEmbeddings,
      { model: 'e', input: 'a' },
      ['taskType', 'autoTruncate'],
    ],
    [
      'Gemini’s one to Vertex, with its title',
      geminiEmbedContent,
      { content: content('a'), taskType: 'RETRIEVAL_DOCUMENT', title: 'T' },
      vertexPredict,
      { instances: [{ task_type: 'RETRIEVAL_DOCUMENT', title: 'T', content: 'a' }] },
      [],
    ],
    [
      'Gemini’s many, if they are one, to the form for one',
      geminiBatchEmbed,
      { requests: [{ model: 'models/e', content: content('a'), title: 'T' }] },
      geminiEmbedContent,
      { model: 'models/e', content: content('a'), title: 'T' },
      [],
    ],
  ];

  test.each(cases)('%s', (_what, from, json, to, written, losses) => {
    const crossed = crossRequest(from, to, json, from === openaiEmbeddings ? undefined : line);
    expect(crossed.written).toEqual(written);
    expect([...crossed.losses].sort()).toEqual([...losses].sort());
  });

  const tokens = [1, 2, 3];
  test.each([
    ['token ids', openai('e', tokens), geminiBatchEmbed],
    ['lists of token ids', openai('e', [tokens, tokens]), cohereEmbed],
    ['texts beside token ids', openai('e', ['a', tokens]), vertexPredict],
    ['objects', openai('e', [{ text: 'a' }]), geminiBatchEmbed],
    ['an empty list in a list', openai('e', [[]]), geminiBatchEmbed],
    ['several texts for Titan', openai(titan, ['a', 'b']), bedrockEmbed],
    ['no text for Titan', openai(titan, []), bedrockEmbed],
    ['several texts for Nova', openai(nova, ['a', 'b']), bedrockEmbed],
    ['token ids for Titan', openai(titan, tokens), bedrockEmbed],
  ])('%s are refused, and `input` is named', (_what, json, to) => {
    const refusal = refusalOf(() => crossRequest(openaiEmbeddings, to, json));
    expect(refusal).toMatchObject({ code: 'unsupported_value', param: 'input' });
  });

  test.each<[string, Dialect, JsonObject, string]>([
    ['several parts', geminiEmbedContent, { content: content('a', 'b') }, 'content'],
    ['an image', geminiEmbedContent, { content: { parts: [{ inlineData: {} }] } }, 'content'],
    ['no content', geminiBatchEmbed, { requests: [{}] }, 'requests'],
    ['no object', geminiBatchEmbed, { requests: [null, 'x', 1] }, 'requests'],
    [
      'dimensions that differ',
      geminiBatchEmbed,
      { requests: [{ content: content('a'), outputDimensionality: 5 }, { content: content('b') }] },
      'requests',
    ],
    [
      'tasks that differ',
      geminiBatchEmbed,
      {
        requests: [
          { content: content('a'), taskType: 'CLUSTERING' },
          { content: content('b'), taskType: 'CLASSIFICATION' },
        ],
      },
      'requests',
    ],
  ])('Gemini’s %s: refused', (_what, from, json, param) => {
    const refusal = refusalOf(() => crossRequest(from, openaiEmbeddings, json, line));
    expect(refusal).toMatchObject({ code: 'unsupported_value', param });
  });
});

describe('trips are exact', () => {
  const odd: readonly (readonly [Dialect, JsonObject])[] = [
    ...['x', ['x'], [], [1, 2], [[1], [2, 3]], ['a', [1], null, {}, []], [null], [[]]].map(
      (input) =>
        [
          openaiEmbeddings,
          {
            user: 'u',
            input,
            model: 'e',
            dimensions: 3,
            encoding_format: 'base64',
            input_type: 'query',
            x: [1],
          },
        ] as [Dialect, JsonObject],
    ),
    [
      openaiEmbeddings,
      { input: 'x', model: 'e', dimensions: '3', encoding_format: 'int8', input_type: 'odd', user: 7 },
    ],
    [openaiEmbeddings, { input: 'x', model: 'e', dimensions: null, encoding_format: null, user: null }],
    [
      geminiEmbedContent,
      { content: content('a'), title: 'T', task_type: 'CLUSTERING', outputDimensionality: 4 },
    ],
    [geminiEmbedContent, { title: 4, content: { parts: { text: 'a' } }, taskType: 3 } as JsonObject],
    [geminiEmbedContent, { content: 'a' }],
    [geminiEmbedContent, { content: { parts: [{ text: 'a', thought: true }], role: 'user' }, x: null }],
    [geminiBatchEmbed, { requests: [] }],
    [geminiBatchEmbed, { requests: [null, 'x', { content: content('a', 'b') }, {}], x: 1 }],
    [
      geminiBatchEmbed,
      {
        requests: [
          { taskType: 'CLUSTERING', content: content('a'), outputDimensionality: 4 },
          { content: content('b') },
        ],
      },
    ],
    [
      geminiBatchEmbed,
      {
        requests: ['a', 'b'].map((text) => ({
          task_type: 'CLUSTERING',
          content: content(text),
          title: text,
        })),
        model: 'models/e',
      },
    ],
  ];

  test.each(odd)('%o asked %j', (dialect, json) => {
    const { written, losses } = crossRequest(dialect, dialect, json, line);
    expect(JSON.stringify(written)).toBe(JSON.stringify(json));
    expect(losses).toEqual([]);
  });

  test.each<[Dialect, JsonObject]>([
    [
      openaiEmbeddings,
      { data: [{ embedding: 'odd', x: 1 }], id: 'i', model: 'm', usage: null, object: 'list' },
    ],
    [openaiEmbeddings, { data: 'odd' }],
    [geminiEmbedContent, { embedding: { values: [1], x: 1 }, usageMetadata: { promptTokenCount: 4 } }],
    [geminiBatchEmbed, { embeddings: [{}, null], x: {} }],
  ])('%o answered %j', (dialect, json) => {
    expect(crossReply(dialect, dialect, json)).toEqual({ written: json, losses: [] });
  });
});
