/** Calls of other dialects, written for Gemini. */
import { describe, expect, test } from 'bun:test';
import type { Call, ReasoningRequest } from '../../../src/core/call.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { MediaPart, Part } from '../../../src/core/part.ts';
import { call, message, sent } from './calls.ts';

const gemini3 = 'gemini-3-flash-preview';

function toolCall(id: string, name: string, args = '{}', rest: Partial<Part> = {}): Part {
  return { type: 'tool-call', id, name, arguments: args, ...rest } as Part;
}

function result(id: string, ...parts: (Part | string)[]): Part {
  const inner = parts.map((part): Part => (typeof part === 'string' ? { type: 'text', text: part } : part));
  return { type: 'tool-result', toolCallId: id, parts: inner, plainText: true };
}

function contents(messages: Call['messages'], model?: string): unknown {
  return sent(call(messages), model).body.contents;
}

const image: MediaPart = {
  type: 'media',
  kind: 'image',
  source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' },
};

test('system prompts go to the top, those inside the conversation keep their place', () => {
  const { body, losses } = sent(
    call([
      message('system', 'A'),
      message('developer', 'B'),
      message('user', 'hi'),
      message('system', 'C'),
      message('assistant', 'yes'),
    ]),
  );
  expect(body).toEqual({
    systemInstruction: { parts: [{ text: 'A' }, { text: 'B' }] },
    contents: [
      { role: 'user', parts: [{ text: 'hi' }, { text: 'C' }] },
      { role: 'model', parts: [{ text: 'yes' }] },
    ],
  });
  expect(losses).toEqual(['system message inside the conversation (said by the user)']);
});

test('a prompt that is all there is becomes the turn Google demands', () => {
  expect(sent(call([message('system', 'A')])).body).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'A' }] }],
  });
});

test('an instruction kept apart goes to the top wherever it stands', () => {
  const { body } = sent(call([message('user', 'hi'), { ...message('system', 'A'), apart: true }]));
  expect(body.systemInstruction).toEqual({ parts: [{ text: 'A' }] });
});

test('results of parallel calls are one content in the order of the calls, named after them', () => {
  expect(
    contents([
      message('user', 'go'),
      message('assistant', toolCall('1', 'f', '{"a":1}'), toolCall('2', 'g')),
      message('tool', result('2', 'two')),
      message('tool', result('1', '{"one":1}')),
      message('user', 'next'),
    ]),
  ).toEqual([
    { role: 'user', parts: [{ text: 'go' }] },
    {
      role: 'model',
      parts: [
        { functionCall: { id: '1', name: 'f', args: { a: 1 } } },
        { functionCall: { id: '2', name: 'g', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: '1', name: 'f', response: { one: 1 } } },
        { functionResponse: { id: '2', name: 'g', response: { output: 'two' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'next' }] },
  ]);
});

test('a user message that holds results and words is two contents', () => {
  expect(
    contents([message('assistant', toolCall('1', 'f')), message('user', result('1', 'ok'), 'and now?')]),
  ).toMatchObject([
    { role: 'model' },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'ok' } } }] },
    { role: 'user', parts: [{ text: 'and now?' }] },
  ]);
});

test.each([
  ['', {}],
  ['  ', {}],
  ['{"a":[1]}', { a: [1] }],
  ['{"a":', { arguments: '{"a":' }],
  ['[1]', { arguments: '[1]' }],
  ['null', { arguments: 'null' }],
])('the arguments %j', (text, args) => {
  expect(contents([message('assistant', toolCall('1', 'f', text))])).toMatchObject([
    { parts: [{ functionCall: { args } }] },
  ]);
});

test('a failed result is an error, a result of nobody has at least its id for a name', () => {
  const failed = { ...result('9', 'no such file'), isError: true } as Part;
  expect(contents([message('tool', failed)])).toEqual([
    {
      role: 'user',
      parts: [{ functionResponse: { id: '9', name: '9', response: { error: 'no such file' } } }],
    },
  ]);
});

describe('images in tool results reach the model', () => {
  const messages = [message('assistant', toolCall('1', 'f')), message('tool', result('1', 'see', image))];
  const inline = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };

  test('inside the result from Gemini 3 on', () => {
    expect(contents(messages, gemini3)).toMatchObject([
      {},
      { parts: [{ functionResponse: { response: { output: 'see' }, parts: [inline] } }] },
    ]);
  });

  test('beside it before', () => {
    expect(contents(messages)).toEqual([
      expect.anything(),
      { role: 'user', parts: [{ functionResponse: { id: '1', name: 'f', response: { output: 'see' } } }] },
      { role: 'user', parts: [inline] },
    ]);
  });
});

describe('signatures', () => {
  const signed = toolCall('1', 'f', '{}', { signature: 'AAAA' } as Partial<Part>);
  const sentinel = 'skip_thought_signature_validator';

  test('of calls go back on the call', () => {
    expect(contents([message('assistant', signed, toolCall('2', 'g'))], gemini3)).toEqual([
      {
        role: 'model',
        parts: [
          { functionCall: { id: '1', name: 'f', args: {} }, thoughtSignature: 'AAAA' },
          { functionCall: { id: '2', name: 'g', args: {} } },
        ],
      },
    ]);
  });

  test('are excused for the first call of each step of the current turn, for Gemini 3 alone', () => {
    const messages = [
      message('user', 'before'),
      message('assistant', toolCall('1', 'f')),
      message('tool', result('1', 'ok')),
      message('assistant', 'done'),
      message('user', 'now'),
      message('assistant', 'I look', toolCall('2', 'f'), toolCall('3', 'f')),
      message('tool', result('2', 'ok')),
      message('tool', result('3', 'ok')),
      message('assistant', toolCall('4', 'f')),
    ];
    const signaturesOf = (model: string) =>
      (contents(messages, model) as { parts: JsonObject[] }[])
        .flatMap(({ parts }) => parts)
        .filter((part) => part.functionCall !== undefined)
        .map((part) => part.thoughtSignature);
    expect(signaturesOf(gemini3)).toEqual([undefined, sentinel, undefined, sentinel]);
    expect(signaturesOf('gemini-flash-latest')).toEqual([undefined, sentinel, undefined, sentinel]);
    expect(signaturesOf('gemini-2.5-pro')).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('that stand alone go on the next part, or keep a part of their own', () => {
    const alone = (signature: string): Part => ({ type: 'reasoning', text: '', signature });
    expect(contents([message('assistant', alone('AAAA'), 'Hello', alone('BBBB'))])).toEqual([
      {
        role: 'model',
        parts: [
          { text: 'Hello', thoughtSignature: 'AAAA' },
          { text: '', thoughtSignature: 'BBBB' },
        ],
      },
    ]);
    expect(contents([message('assistant', alone('AAAA'), toolCall('1', 'f'))], gemini3)).toMatchObject([
      { parts: [{ functionCall: { id: '1' }, thoughtSignature: 'AAAA' }] },
    ]);
    expect(contents([message('assistant', alone('AAAA'), signed)])).toMatchObject([
      { parts: [{ text: '', thoughtSignature: 'AAAA' }, { thoughtSignature: 'AAAA' }] },
    ]);
  });

  test('that are no bytes are left out', () => {
    const thought: Part = { type: 'reasoning', text: 'hm', signature: 'rs_1|no base64' };
    expect(contents([message('assistant', thought)])).toEqual([
      { role: 'model', parts: [{ text: 'hm', thought: true }] },
    ]);
  });
});

test.each<[string, MediaPart['source'], MediaPart['kind'], JsonObject]>([
  [
    'an image at an address',
    { type: 'url', url: 'https://x.test/a.webp?s=1' },
    'image',
    { fileData: { mimeType: 'image/webp', fileUri: 'https://x.test/a.webp?s=1' } },
  ],
  [
    'an address that says nothing',
    { type: 'url', url: 'https://x.test/a' },
    'image',
    { fileData: { mimeType: 'image/jpeg', fileUri: 'https://x.test/a' } },
  ],
  [
    'a bucket',
    { type: 'url', url: 'gs://b/a', mediaType: 'video/webm' },
    'video',
    { fileData: { mimeType: 'video/webm', fileUri: 'gs://b/a' } },
  ],
  [
    'bytes',
    { type: 'base64', mediaType: 'application/pdf', data: 'AA' },
    'document',
    { inlineData: { mimeType: 'application/pdf', data: 'AA' } },
  ],
  ['a text', { type: 'text', text: 'All of it' }, 'document', { text: 'All of it' }],
])('media: %s', (_, source, kind, part) => {
  expect(contents([message('user', { type: 'media', kind, source })])).toEqual([
    { role: 'user', parts: [part] },
  ]);
});

test.each<MediaPart['source']>([
  { type: 'url', url: 's3://b/a.png' },
  { type: 'file', id: 'file-abc' },
])('media nobody at Google can read is refused: %j', (source) => {
  const send = () => sent(call([message('user', { type: 'media', kind: 'image', source })]));
  expect(send).toThrow(GatewayError);
  expect(send).toThrow('cannot take');
});

test('tools, JSON Schema untouched', () => {
  const parameters = {
    $schema: 'x',
    type: 'object',
    additionalProperties: false,
    properties: { a: { const: 1 } },
  };
  const { body, losses } = sent(
    call([message('user', 'x')], {
      tools: [
        { type: 'function', name: 'f', description: 'F', parameters, strict: true },
        { type: 'function', name: 'g' },
        { type: 'custom', name: 'patch', format: { type: 'grammar', grammar: { definition: 'g' } } },
      ],
      parallelToolCalls: false,
    }),
  );
  expect(body.tools).toEqual([
    {
      functionDeclarations: [
        { name: 'f', description: 'F', parametersJsonSchema: parameters },
        { name: 'g' },
        {
          name: 'patch',
          parametersJsonSchema: {
            type: 'object',
            properties: {
              input: {
                type: 'string',
                description:
                  'The tool\'s whole input as plain text, in this grammar: {"type":"grammar","grammar":{"definition":"g"}}',
              },
            },
            required: ['input'],
            additionalProperties: false,
          },
        },
      ],
    },
  ]);
  expect(losses).toEqual(['tools.strict', 'tools.custom.format', 'parallel_tool_calls']);
});

test.each([
  [{ type: 'auto' }, { mode: 'AUTO' }],
  [{ type: 'required' }, { mode: 'ANY' }],
  [{ type: 'none' }, { mode: 'NONE' }],
  [
    { type: 'named', name: 'f' },
    { mode: 'ANY', allowedFunctionNames: ['f'] },
  ],
] as [NonNullable<Call['toolChoice']>, JsonObject][])(
  'the choice %j',
  (toolChoice, functionCallingConfig) => {
    const tools = [{ type: 'function', name: 'f' }] as const;
    expect(sent(call([], { toolChoice, tools })).body.toolConfig).toEqual({ functionCallingConfig });
    expect(sent(call([], { toolChoice })).body.toolConfig).toBeUndefined();
  },
);

test('sampling, limits and the shape of the reply', () => {
  const { body, losses } = sent(
    call([], {
      sampling: {
        temperature: 0,
        topP: 0.1,
        topK: 2,
        frequencyPenalty: 0.3,
        presencePenalty: 0.4,
        seed: 7,
        choices: 2,
        logprobs: true,
        topLogprobs: 3,
      },
      maxOutputTokens: 9,
      stop: 'x',
      responseFormat: { type: 'json-schema', name: 'n', schema: { type: 'object' }, strict: true },
    }),
  );
  expect(body.generationConfig).toEqual({
    temperature: 0,
    topP: 0.1,
    topK: 2,
    frequencyPenalty: 0.3,
    presencePenalty: 0.4,
    seed: 7,
    candidateCount: 2,
    responseLogprobs: true,
    logprobs: 3,
    maxOutputTokens: 9,
    stopSequences: ['x'],
    responseMimeType: 'application/json',
    responseJsonSchema: { type: 'object' },
  });
  expect(losses).toEqual(['response_format.name']);
});

test('what has no word is named', () => {
  const { body, losses } = sent(
    call([{ ...message('user', { type: 'text', text: 'x', cache: {} }), name: 'Ann' }], {
      sampling: { seed: 2 ** 40, topLogprobs: 3 },
      endUser: 'u',
      metadata: { a: 'b' },
      responseFormat: { type: 'json-schema', schema: {}, description: 'd' },
    }),
  );
  expect(losses).toEqual([
    'messages.name',
    'cache_control',
    'seed',
    'response_format.description',
    'user',
    'metadata',
  ]);
  expect(body.generationConfig).toEqual({ responseMimeType: 'application/json', responseJsonSchema: {} });
});

/** Model, wish, config, losses. */
const thinking: [string, ReasoningRequest, JsonObject | undefined, string[]?][] = [
  ['gemini-2.5-flash', { effort: 'minimal' }, { thinkingBudget: 1024 }],
  ['gemini-2.5-flash', { effort: 'low' }, { thinkingBudget: 1024 }],
  ['gemini-2.5-flash', { effort: 'medium' }, { thinkingBudget: 8192 }],
  ['gemini-2.5-flash', { effort: 'high' }, { thinkingBudget: 24_576 }],
  ['gemini-2.5-flash', { effort: 'max' }, { thinkingBudget: 24_576 }, ['reasoning effort max']],
  ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
  ['gemini-2.5-flash', { mode: 'disabled' }, { thinkingBudget: 0 }],
  ['gemini-2.5-pro', { mode: 'disabled' }, { thinkingBudget: 128 }, ['reasoning off']],
  ['gemini-2.5-flash', { mode: 'adaptive' }, { thinkingBudget: -1 }],
  ['gemini-2.5-flash', { mode: 'enabled', budgetTokens: 2000 }, { thinkingBudget: 2000 }],
  ['gemini-2.5-flash', { budgetTokens: 31_999 }, { thinkingBudget: 24_576 }, ['reasoning budget']],
  ['gemini-2.5-pro', { budgetTokens: 31_999, show: true }, { thinkingBudget: 31_999, includeThoughts: true }],
  ['gemini-3-flash-preview', { effort: 'minimal' }, { thinkingLevel: 'minimal' }],
  ['gemini-3.1-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'low' }, ['reasoning effort minimal']],
  ['gemini-3.1-pro-preview', { effort: 'medium' }, { thinkingLevel: 'medium' }],
  ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'high' }, ['reasoning effort medium']],
  ['gemini-3-flash-preview', { effort: 'xhigh' }, { thinkingLevel: 'high' }, ['reasoning effort xhigh']],
  ['gemini-3-flash-preview', { effort: 'none' }, { thinkingLevel: 'minimal' }, ['reasoning off']],
  ['gemini-3-flash-preview', { budgetTokens: 1024 }, { thinkingLevel: 'low' }, ['reasoning budget']],
  ['gemini-3-flash-preview', { budgetTokens: 4000 }, { thinkingLevel: 'medium' }, ['reasoning budget']],
  [
    'gemini-3-flash-preview',
    { budgetTokens: 32_000, show: true },
    { thinkingLevel: 'high', includeThoughts: true },
    ['reasoning budget'],
  ],
  ['gemini-3-flash-preview', { mode: 'adaptive' }, undefined],
  ['gemini-flash-latest', { effort: 'low' }, { thinkingLevel: 'low' }],
  ['gemini-3-flash-preview', { effort: 'enormous' }, undefined, ['reasoning effort enormous']],
  ['gemini-2.0-flash', { effort: 'low' }, undefined, ['reasoning']],
  ['gemini-2.0-flash', { effort: 'none' }, undefined],
  ['gemma-3-27b-it', { effort: 'low', show: true }, undefined, ['reasoning']],
];

test.each(thinking)('thinking of %s: %j', (model, reasoning, config, lost = []) => {
  const { body, losses } = sent(call([], { reasoning }), model);
  expect((body.generationConfig as JsonObject | undefined)?.thinkingConfig).toEqual(config);
  expect(losses).toEqual(lost);
});
