/** Converse requests: what is typed of them, that nothing is lost on the way back, and what is refused. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses, reportLeftovers } from '../../../src/core/losses.ts';
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { AwsModel, awsModelIsPresent } from '../../support/aws-model.ts';
import { asJson, crossRequest } from '../../support/trips.ts';

const line = { model: 'anthropic.claude-x', stream: false };

function trip(json: JsonObject): JsonObject {
  return crossRequest(bedrockConverse, bedrockConverse, json, line).written;
}

function messages(...content: JsonObject[]): JsonObject {
  return { messages: [{ role: 'user', content }] };
}

/** One of everything the model of the service has, and of what it has not. */
const everything: [string, JsonObject][] = [
  [
    'texts and cache points',
    messages({ text: 'a' }, { cachePoint: { type: 'default', ttl: '1h' } }, { text: '' }),
  ],
  [
    'a cache point first, and twice',
    messages(
      { cachePoint: { type: 'default' } },
      { text: 'a' },
      { cachePoint: { type: 'default' } },
      { cachePoint: { type: 'default' } },
    ),
  ],
  ['a cache point with more to it', messages({ text: 'a' }, { cachePoint: { type: 'default', new: 1 } })],
  ['image', messages({ image: { format: 'png', source: { bytes: 'aGk=' } } })],
  ['image of an unknown format', messages({ image: { format: 'avif', source: { bytes: 'aGk=' } } })],
  [
    'image in a bucket of another account',
    messages({
      image: { format: 'png', source: { s3Location: { uri: 's3://abc/d', bucketOwner: '012345678901' } } },
    }),
  ],
  [
    'document',
    messages({
      document: {
        format: 'md',
        name: 'n',
        source: { text: 't' },
        context: 'c',
        citations: { enabled: true },
      },
    }),
  ],
  [
    'document in chunks',
    messages({ document: { name: 'n', source: { content: [{ text: 'a' }, { text: 'b' }] } } }),
  ],
  ['video', messages({ video: { format: 'mpg', source: { s3Location: { uri: 's3://abc/d' } } } })],
  ['audio', messages({ audio: { format: 'wav', source: { bytes: 'aGk=' } } })],
  [
    'tool use',
    messages(
      { toolUse: { toolUseId: 'a', name: 't', input: { a: [1, null] } } },
      { toolUse: { toolUseId: 'b', name: 't', input: 'no object' } },
    ),
  ],
  [
    'server tool use',
    messages({ toolUse: { toolUseId: 'a', name: 't', input: {}, type: 'server_tool_use' } }),
  ],
  [
    'tool result',
    messages(
      {
        toolResult: {
          toolUseId: 'a',
          status: 'error',
          content: [
            { text: 'x' },
            { json: { a: 1 } },
            { json: null },
            { image: { format: 'gif', source: { bytes: 'aGk=' } } },
            { newKind: 1 },
          ],
        },
      },
      { cachePoint: { type: 'default' } },
    ),
  ],
  [
    'tool result of success, empty',
    messages(
      { toolResult: { toolUseId: 'a', status: 'success', content: [] } },
      { toolResult: { toolUseId: 'b', status: 'new', content: [] } },
    ),
  ],
  [
    'reasoning',
    messages(
      { reasoningContent: { reasoningText: { text: '', signature: 's' } } },
      { reasoningContent: { redactedContent: 'cmVk' } },
      { reasoningContent: { reasoningText: { signature: 's' } } },
    ),
  ],
  [
    'guarded text',
    messages(
      { guardContent: { text: { text: 'x', qualifiers: ['query'] } } },
      { guardContent: { image: { format: 'png', source: { bytes: 'aGk=' } } } },
    ),
  ],
  [
    'cited text',
    messages({
      citationsContent: {
        content: [{ text: 'a' }, { text: 'b' }],
        citations: [{ title: 't', location: { web: { url: 'u' } } }],
      },
    }),
  ],
  [
    'search result',
    messages({
      searchResult: {
        source: 's',
        title: 't',
        content: [{ text: 'a' }, { text: 'b' }],
        citations: { enabled: false },
      },
    }),
  ],
  [
    'blocks of two kinds, of none, and no blocks',
    messages({ text: 'a', image: {} }, {}, { toolAddition: { tool: { name: 'x' } } }),
  ],
  ['content that is no block', { messages: [{ role: 'user', content: ['a', null, 1], extra: 1 }] }],
  [
    'roles new and old',
    {
      messages: [
        { role: 'system', content: [{ text: 'a' }] },
        { role: 'critic', content: [] },
      ],
    },
  ],
  [
    'system',
    {
      system: [{ text: 'a' }, { cachePoint: { type: 'default' } }, { guardContent: { text: { text: 'x' } } }],
      messages: [],
    },
  ],
  ['nothing', {}],
  [
    'empty everything',
    {
      system: [],
      messages: [],
      inferenceConfig: {},
      toolConfig: {},
      requestMetadata: {},
      outputConfig: {},
      additionalModelRequestFields: {},
    },
  ],
  [
    'null everything',
    { system: null, messages: null, inferenceConfig: null, toolConfig: null, stream: null },
  ],
  [
    'inference',
    {
      inferenceConfig: { maxTokens: 1, temperature: 0, topP: 1, stopSequences: [], new: 1 },
      ...messages({ text: 'a' }),
    },
  ],
  ['inference of wrong types', { inferenceConfig: { maxTokens: '1', stopSequences: 'x' } }],
  [
    'tools',
    {
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 't',
              description: 'd',
              inputSchema: { json: { type: 'object' } },
              strict: false,
              new: 1,
            },
          },
          { cachePoint: { type: 'default', ttl: '5m' } },
          { systemTool: { name: 'nova_grounding' } },
          { cachePoint: { type: 'default' } },
        ],
        toolChoice: { any: {} },
        new: 1,
      },
    },
  ],
  [
    'tools odd',
    {
      toolConfig: {
        tools: [{ toolSpec: { name: 't', inputSchema: { json: true } } }, null, 1],
        toolChoice: { auto: { x: 1 } },
      },
    },
  ],
  ['choice of one tool', { toolConfig: { toolChoice: { tool: { name: 't' } } } }],
  [
    'thinking of Claude',
    {
      additionalModelRequestFields: {
        thinking: { type: 'enabled', budget_tokens: 1024, display: 'omitted' },
        top_k: 3,
        anthropic_beta: ['x'],
        tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      },
    },
  ],
  [
    'adaptive thinking',
    {
      additionalModelRequestFields: {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'high', format: {} },
      },
      outputConfig: { effort: 'low' },
    },
  ],
  [
    'thinking of a new kind',
    { additionalModelRequestFields: { thinking: { type: 'deep', budget_tokens: 1 } } },
  ],
  [
    'Nova',
    {
      additionalModelRequestFields: {
        inferenceConfig: { topK: 1 },
        reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' },
      },
    },
  ],
  ['efforts', { additionalModelRequestFields: { reasoning_config: 'high', reasoning_effort: 'low' } }],
  ['effort of Converse', { outputConfig: { effort: 'max' } }],
  [
    'schema with its spacing',
    {
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { schema: '{ "type":\t"object" }', name: 'n', description: 'd', new: 1 } },
        },
        effort: 'low',
      },
    },
  ],
  [
    'schema that is no JSON',
    { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{' } } } } },
  ],
  [
    'the rest',
    {
      requestMetadata: { a: 'b' },
      guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
      performanceConfig: { latency: 'optimized' },
      promptVariables: { a: { text: 'b' } },
      serviceTier: { type: 'flex' },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      new: { a: 1 },
    },
  ],
];

test.each(everything)('%s comes back as it came', (_, json) => {
  expect(trip(json)).toEqual(asJson(json));
  expect(JSON.stringify(json)).toBe(JSON.stringify(asJson(json)));
});

test('nothing is left behind that is typed: other APIs hear of the rest alone', () => {
  const left = (json: JsonObject) => {
    const losses = new Losses();
    reportLeftovers(bedrockConverse.listen.readRequest(json, line), bedrockConverse.listen.formKeys, losses);
    return losses.list();
  };
  expect(
    left({
      system: [{ text: 'a' }],
      ...messages(
        { text: 'a' },
        { image: { format: 'png', source: { bytes: 'aGk=' } } },
        { document: { format: 'pdf', name: 'n', source: { bytes: 'aGk=' } } },
        { toolResult: { toolUseId: 'a', content: [{ json: {} }], status: 'error' } },
        { reasoningContent: { reasoningText: { text: 'a', signature: 'b' } } },
        { guardContent: { text: { text: 'x' } } },
      ),
      inferenceConfig: { maxTokens: 1, temperature: 1, topP: 1, stopSequences: ['a'] },
      toolConfig: {
        tools: [{ toolSpec: { name: 't', inputSchema: { json: {} } } }],
        toolChoice: { auto: {} },
      },
      additionalModelRequestFields: {
        thinking: { type: 'enabled', budget_tokens: 1024 },
        top_k: 1,
        tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      },
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{}' } } } },
      requestMetadata: { a: 'b' },
    }),
  ).toEqual([]);
  expect(
    left({
      ...messages({ toolAddition: {} }),
      guardrailConfig: { guardrailIdentifier: 'g' },
      performanceConfig: { latency: 'optimized' },
      toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] },
      additionalModelRequestFields: { top_k: 1, anthropic_beta: ['x'] },
    }),
  ).toEqual([
    'guardrailConfig',
    'performanceConfig',
    'additionalModelRequestFields.anthropic_beta',
    'content part toolAddition',
    'tool systemTool',
  ]);
});

test('the typed values of a request', () => {
  const call = bedrockConverse.listen.readRequest(
    {
      system: [{ text: 's' }, { cachePoint: { type: 'default' } }],
      messages: [
        {
          role: 'user',
          content: [{ toolResult: { toolUseId: 'a', content: [{ json: { b: 1 } }], status: 'error' } }],
        },
      ],
      inferenceConfig: { maxTokens: 5, temperature: 0.5, stopSequences: ['x'] },
      toolConfig: {
        tools: [{ toolSpec: { name: 't', inputSchema: { json: { type: 'object' } } } }],
        toolChoice: { any: {} },
      },
      additionalModelRequestFields: {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'low' },
        top_k: 7,
      },
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{"a":1}', name: 'n' } } },
      },
      requestMetadata: { k: 'v' },
    },
    { model: 'm', stream: true },
  );
  expect(call).toMatchObject({
    model: 'm',
    stream: true,
    messages: [
      { role: 'system', apart: true, parts: [{ type: 'text', text: 's', cache: {} }] },
      {
        role: 'user',
        parts: [
          { type: 'tool-result', toolCallId: 'a', isError: true, parts: [{ type: 'text', text: '{"b":1}' }] },
        ],
      },
    ],
    maxOutputTokens: 5,
    stop: ['x'],
    sampling: { temperature: 0.5, topK: 7 },
    tools: [{ type: 'function', name: 't', parameters: { type: 'object' } }],
    toolChoice: { type: 'required' },
    reasoning: { mode: 'adaptive', effort: 'low' },
    responseFormat: { type: 'json-schema', schema: { a: 1 }, name: 'n' },
    metadata: { k: 'v' },
  });
});

test('a value changed on the way is written in its seat', () => {
  const losses = new Losses();
  const call = bedrockConverse.listen.readRequest(
    { ...messages({ guardContent: { text: { text: 'secret' } } }), inferenceConfig: { maxTokens: 9, x: 1 } },
    line,
  );
  const [message] = call.messages;
  const [part] = message?.parts ?? [];
  if (message === undefined || part?.type !== 'text') throw new Error('the text was not read');
  const changed = {
    ...call,
    maxOutputTokens: 3,
    messages: [{ ...message, parts: [{ ...part, text: '[gone]' }] }],
  };
  const written = bedrockConverse.speak.writeRequest(changed, { model: 'm', askForUsage: false }, losses);
  expect(asJson(written)).toEqual({
    ...messages({ guardContent: { text: { text: '[gone]' } } }),
    inferenceConfig: { maxTokens: 3, x: 1 },
  });
});

describe('refused', () => {
  test.each([
    [{ messages: 'x' }, 'messages'],
    [{ messages: ['x'] }, 'messages[0]'],
    [{ messages: [{ role: 'user', content: 'x' }] }, 'messages[0].content'],
    [{ system: 'x' }, 'system'],
    [{ toolConfig: [] }, 'toolConfig'],
    [{ inferenceConfig: 1 }, 'inferenceConfig'],
  ])('%j', (json, param) => {
    expect(() => bedrockConverse.listen.readRequest(json as JsonObject, line)).toThrow(
      expect.objectContaining({ code: 'invalid_type', param }),
    );
  });

  test('a path without a model', () => {
    expect(() => bedrockConverse.listen.readHead({})).toThrow(GatewayError);
  });
});

test.skipIf(!awsModelIsPresent)('the validator of these tests finds what is wrong', () => {
  const model = new AwsModel();
  const bad: JsonObject = {
    messages: [
      {
        role: 'tool',
        content: [{ text: 'a', json: {} }, { toolUse: { toolUseId: 'a b', name: '', input: {} } }],
      },
    ],
    system: [{ text: '' }],
    inferenceConfig: { temperature: 2 },
    toolConfig: { tools: [] },
  };
  expect(
    model.problems('ConverseRequest', bad).map((problem) => problem.replace(/^ConverseRequest\./, '')),
  ).toEqual([
    "messages[0].role: 'tool' is none of its words",
    'messages[0].content[0].json: unknown',
    'messages[0].content[0]: 2 of a union',
    "messages[0].content[1].toolUse.toolUseId: 'a b' does not match",
    "messages[0].content[1].toolUse.name: '' does not match",
    'system[0].text: length 0 below 1',
    'inferenceConfig.temperature: value 2 above 1',
    'toolConfig.tools: list length 0 below 1',
  ]);
});

test('a Converse request reaches an OpenAI model with its texts and tools', () => {
  const { written } = crossRequest(
    bedrockConverse,
    openaiChat,
    { ...messages({ text: 'hi' }), inferenceConfig: { maxTokens: 4 } },
    line,
  );
  expect(written).toMatchObject({ messages: [{ role: 'user' }], model: 'anthropic.claude-x' });
});
