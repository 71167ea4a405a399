/** What a request in Gemini's words means to everyone else, and that what is left is named. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses, reportLeftovers } from '../../../src/core/losses.ts';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import { crossRequest } from '../../support/trips.ts';
import { read, withoutCarry } from './calls.ts';

function leftovers(json: JsonObject): readonly string[] {
  const losses = new Losses();
  reportLeftovers(read(json), gemini.listen.formKeys, losses);
  return losses.list();
}

/** Both spellings mean the same. */
const spellings: [string, JsonObject][] = [
  [
    'lowerCamelCase',
    {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }, { text: 'What?' }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
      generationConfig: {
        maxOutputTokens: 5,
        topP: 0.5,
        topK: 3,
        candidateCount: 2,
        stopSequences: ['x'],
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        responseLogprobs: true,
        logprobs: 4,
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object' },
        thinkingConfig: { thinkingBudget: 2048, includeThoughts: true },
      },
      labels: { team: 'a' },
    },
  ],
  [
    'snake_case',
    {
      system_instruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        {
          role: 'user',
          parts: [{ inline_data: { mime_type: 'image/png', data: 'AAAA' } }, { text: 'What?' }],
        },
      ],
      tools: [{ function_declarations: [{ name: 'f', parameters_json_schema: { type: 'object' } }] }],
      tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
      generation_config: {
        max_output_tokens: 5,
        top_p: 0.5,
        top_k: 3,
        candidate_count: 2,
        stop_sequences: ['x'],
        presence_penalty: 0.1,
        frequency_penalty: 0.2,
        response_logprobs: true,
        logprobs: 4,
        response_mime_type: 'application/json',
        response_json_schema: { type: 'object' },
        thinking_config: { thinking_budget: 2048, include_thoughts: true },
      },
      labels: { team: 'a' },
    },
  ],
];

describe.each(spellings)('in %s', (_, json) => {
  test('every field that means something elsewhere is typed, and nothing is left', () => {
    expect(withoutCarry(read(json))).toEqual({
      model: 'gemini-2.5-flash',
      stream: false,
      messages: [
        { role: 'system', apart: true, parts: [{ type: 'text', text: 'Be brief.' }], plainText: true },
        {
          role: 'user',
          parts: [
            {
              type: 'media',
              kind: 'image',
              source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' },
            },
            { type: 'text', text: 'What?' },
          ],
          plainText: false,
        },
      ],
      tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
      toolChoice: { type: 'named', name: 'f' },
      sampling: {
        topP: 0.5,
        topK: 3,
        choices: 2,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        logprobs: true,
        topLogprobs: 4,
      },
      maxOutputTokens: 5,
      stop: ['x'],
      responseFormat: { type: 'json-schema', schema: { type: 'object' } },
      reasoning: { mode: 'enabled', budgetTokens: 2048, show: true },
      metadata: { team: 'a' },
    });
    expect(leftovers(json)).toEqual([]);
  });
});

test('calls without ids get the same ones every time, and results find them by name and order', () => {
  const call = (name: string) => ({ functionCall: { name, args: {} } });
  const result = (name: string, output: string) => ({ functionResponse: { name, response: { output } } });
  const { messages } = read({
    contents: [
      { role: 'model', parts: [call('f'), call('g'), call('f')] },
      { role: 'user', parts: [result('g', '1'), result('f', '2'), result('f', '3')] },
      { role: 'model', parts: [call('f')] },
      { role: 'function', parts: [result('f', '4'), result('h', '5')] },
    ],
  });
  const ids = messages.map(({ role, parts }) => [
    role,
    ...parts.map((part) =>
      part.type === 'tool-call' ? part.id : part.type === 'tool-result' ? part.toolCallId : '',
    ),
  ]);
  expect(ids).toEqual([
    ['assistant', 'call_f_0', 'call_g_0', 'call_f_1'],
    ['user', 'call_g_0', 'call_f_0', 'call_f_1'],
    ['assistant', 'call_f_2'],
    ['tool', 'call_f_2', 'call_h_0'],
  ]);
});

test('ids that are there are kept, and a result whose id nobody gave still finds its call', () => {
  const { messages } = read({
    contents: [
      { role: 'model', parts: [{ functionCall: { id: 'x', name: 'f' } }, { functionCall: { name: 'f' } }] },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'y', name: 'f', response: {} } },
          { functionResponse: { id: 'x', name: 'f', response: {} } },
        ],
      },
    ],
  });
  expect(messages[1]?.parts).toMatchObject([{ toolCallId: 'call_f_0' }, { toolCallId: 'x' }]);
});

test.each([
  [{ output: 'sunny' }, 'sunny', undefined],
  [{ result: 'sunny' }, 'sunny', undefined],
  [{ error: 'no' }, 'no', true],
  [{ temperature: 3, list: [1] }, '{"temperature":3,"list":[1]}', undefined],
  [{ output: { a: 1 } }, '{"output":{"a":1}}', undefined],
  [{ output: 'a', error: 'b' }, '{"output":"a","error":"b"}', undefined],
  [{}, '{}', undefined],
])('the response %j', (response, text, isError) => {
  const json = { contents: [{ role: 'user', parts: [{ functionResponse: { name: 'f', response } }] }] };
  expect(withoutCarry(read(json).messages[0]?.parts)).toEqual([
    {
      type: 'tool-result',
      toolCallId: 'call_f_0',
      name: 'f',
      parts: [{ type: 'text', text }],
      plainText: true,
      ...(isError && { isError }),
    },
  ]);
  expect(crossRequest(gemini, gemini, json, { model: 'm' }).written).toEqual(json);
  expect(leftovers(json)).toEqual([]);
});

test('signatures: on thoughts and calls where they belong, on anything else in front of it', () => {
  const json = {
    contents: [
      {
        role: 'model',
        parts: [
          { text: 'hm', thought: true, thoughtSignature: 'AA==' },
          { text: 'Hello', thoughtSignature: 'BB==' },
          { functionCall: { name: 'f' }, thoughtSignature: 'CC==' },
          { inlineData: { mimeType: 'image/png', data: 'AA' }, thoughtSignature: 'DD==' },
        ],
      },
    ],
  };
  expect(withoutCarry(read(json).messages[0]?.parts)).toMatchObject([
    { type: 'reasoning', text: 'hm', signature: 'AA==' },
    { type: 'reasoning', text: '', signature: 'BB==' },
    { type: 'text', text: 'Hello' },
    { type: 'tool-call', name: 'f', arguments: '{}', signature: 'CC==' },
    { type: 'reasoning', text: '', signature: 'DD==' },
    { type: 'media' },
  ]);
  expect(crossRequest(gemini, gemini, json, { model: 'm' }).written).toEqual(json);
  expect(leftovers(json)).toEqual([]);
});

test.each([
  [{ fileUri: 'gs://b/a.pdf', mimeType: 'application/pdf' }, 'document', 'application/pdf'],
  [{ fileUri: 'https://x.test/a.PNG?y=1' }, 'image', undefined],
  [{ fileUri: 'https://www.youtube.com/watch?v=1' }, 'video', undefined],
])('an address: %j', (fileData, kind, mediaType) => {
  const json = { contents: [{ parts: [{ fileData }] }] };
  expect(withoutCarry(read(json).messages[0]?.parts)).toEqual([
    { type: 'media', kind, source: { type: 'url', url: fileData.fileUri, ...(mediaType && { mediaType }) } },
  ]);
  expect(leftovers(json)).toEqual([]);
});

test('a file uploaded before is no address', () => {
  const id = 'https://generativelanguage.googleapis.com/v1beta/files/abc';
  const json = { contents: [{ parts: [{ fileData: { fileUri: id, mimeType: 'video/mp4' } }] }] };
  expect(withoutCarry(read(json).messages[0]?.parts)).toEqual([
    { type: 'media', kind: 'video', source: { type: 'file', id } },
  ]);
});

test.each([
  [{ thinkingBudget: 0 }, { mode: 'disabled' }],
  [{ thinkingBudget: -1 }, { mode: 'adaptive' }],
  [{ thinkingBudget: 512 }, { mode: 'enabled', budgetTokens: 512 }],
  [{ thinkingLevel: 'HIGH' }, { effort: 'high' }],
  [
    { thinkingLevel: 'low', includeThoughts: true },
    { effort: 'low', show: true },
  ],
  [{ includeThoughts: false }, { show: false }],
  [{ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }, undefined],
  [{}, undefined],
] as const)('thinking %j', (thinkingConfig, reasoning) => {
  const json = { contents: [], generationConfig: { thinkingConfig } } as JsonObject;
  expect(read(json).reasoning).toEqual(reasoning as never);
  expect(crossRequest(gemini, gemini, json, { model: 'm' }).written).toEqual(json);
});

test.each([
  [{ mode: 'AUTO' }, { type: 'auto' }],
  [{ mode: 'ANY' }, { type: 'required' }],
  [{ mode: 'NONE' }, { type: 'none' }],
  [
    { mode: 'ANY', allowedFunctionNames: ['f'] },
    { type: 'named', name: 'f' },
  ],
  [{ mode: 'ANY', allowedFunctionNames: ['f', 'g'] }, { type: 'required' }],
  [{ mode: 'MODE_UNSPECIFIED' }, undefined],
  [{}, undefined],
])('the choice %j', (functionCallingConfig, choice) => {
  const json = { contents: [], toolConfig: { functionCallingConfig } } as JsonObject;
  expect(read(json).toolChoice).toEqual(choice as never);
  expect(crossRequest(gemini, gemini, json, { model: 'm' }).written).toEqual(json);
});

test('what only Gemini has is named when it is lost, and only that', () => {
  const json = {
    contents: [
      {
        role: 'user',
        parts: [
          { text: 'x', mediaResolution: { level: 'MEDIA_RESOLUTION_LOW' } },
          { executableCode: { language: 'PYTHON', code: '1' } },
        ],
      },
    ],
    tools: [{ googleSearch: {}, functionDeclarations: [{ name: 'f', behavior: 'BLOCKING' }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f', 'g'] } },
    safetySettings: [{ category: 'A', threshold: 'B' }],
    cachedContent: 'cachedContents/x',
    generationConfig: { responseModalities: ['IMAGE'], temperature: 1 },
  };
  expect(leftovers(json)).toEqual([
    'toolConfig',
    'safetySettings',
    'cachedContent',
    'generationConfig.responseModalities',
    'content.text.mediaResolution',
    'content part executableCode',
    'tool googleSearch',
    'tools.behavior',
  ]);
  const usual = { contents: [], generationConfig: { responseModalities: ['TEXT'] } };
  expect(leftovers(usual)).toEqual([]);
  expect(crossRequest(gemini, gemini, usual, { model: 'm' }).written).toEqual(usual);
});

/** Shapes Google's lenient JSON reader takes, and some it does not: all of them trip. */
test.each<JsonObject>([
  { contents: { role: 'user', parts: { text: 'alone' } } },
  { contents: [{ parts: { functionCall: { name: 'f' } } }], tools: { googleSearch: {} } },
  { contents: [], systemInstruction: 'plain' },
  { contents: [], systemInstruction: { role: 'user', parts: { text: 'a' } } },
  { contents: [], system_instruction: { parts: [{ text: 'a' }, { text: 'b', thoughtSignature: 'AA' }] } },
  { contents: [{ role: 'user' }, { role: 'user', parts: null }, { role: 'robot', parts: [{ text: 'x' }] }] },
  { contents: [{ parts: [null, 1, 'x', [], {}, { text: 1 }, { text: null }, { thought: true }] }] },
  {
    contents: [
      { parts: [{ functionCall: {} }, { functionCall: null }, { functionResponse: { name: 'f' } }] },
    ],
  },
  { contents: [{ parts: [{ functionResponse: { name: 'f', response: 'text', parts: [1, {}] } }] }] },
  { contents: [{ parts: [{ functionCall: { name: 'f', args: null, id: '' } }] }] },
  {
    contents: [
      { parts: [{ text: 'a', thoughtSignature: 1 }, { inlineData: { data: 'A' } }, { fileData: {} }] },
    ],
  },
  { contents: [], tools: [] },
  { contents: [], tools: [null, {}, { functionDeclarations: [] }, { functionDeclarations: {} }] },
  {
    contents: [],
    tools: [{ functionDeclarations: [null, {}, { name: 'f', parameters: { type: 'OBJECT' } }] }],
  },
  { contents: [], generationConfig: { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING' } } },
  {
    contents: [],
    generationConfig: { responseMimeType: 'application/json', responseSchema: { type: 'ARRAY' } },
  },
  { contents: [], generationConfig: { responseMimeType: 'application/json', _responseJsonSchema: {} } },
  {
    contents: [],
    generationConfig: { stopSequences: [1], topK: '3', thinkingConfig: { thinkingBudget: 1.5 } },
  },
  { contents: [], generationConfig: { responseModalities: [] }, toolConfig: {}, labels: { a: 1 } },
  { model: 'models/m', contents: [], labels: {} },
])('an odd request trips: %j', (json) => {
  expect(crossRequest(gemini, gemini, json, { model: 'm' }).written).toEqual(json);
});

test.each([
  [{}, 'contents'],
  [{ contents: null }, 'contents'],
  [{ contents: 'x' }, 'contents'],
  [{ contents: [1] }, 'contents[0]'],
  [{ contents: [{ parts: 'x' }] }, 'contents[0].parts'],
  [{ contents: [], generationConfig: 1 }, 'generationConfig'],
  [{ contents: [], tool_config: [] }, 'toolConfig'],
] as [JsonObject, string][])('%j is refused, naming %s', (json, param) => {
  try {
    read(json);
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GatewayError);
    expect((thrown as GatewayError).param).toBe(param);
    expect((thrown as GatewayError).status).toBe(400);
  }
});

test('the head takes model and stream from the request line, or the model from the body', () => {
  const { readHead } = gemini.listen;
  expect(readHead({ contents: [] }, { model: 'm', stream: true, asArray: true })).toEqual({
    model: 'm',
    stream: true,
    asArray: true,
    wantsUsage: true,
  });
  expect(readHead({ contents: [], model: 'models/m' }).model).toBe('m');
  expect(() => readHead({ contents: [] })).toThrow('model');
});

test.each([
  ['_-8=', '/+8='],
  ['__-_', '//+/'],
  ['AAE', 'AAE='],
  ['AAA=', 'AAA='],
])('media in Google’s own letters, %s, are read as %s and go back as they came', (data, standard) => {
  const json = { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data } }] }] };
  const [part] = read(json).messages[0]?.parts ?? [];
  expect(part).toMatchObject({ source: { type: 'base64', mediaType: 'image/png', data: standard } });
  expect(leftovers(json)).toEqual([]);
  const line = { model: 'm', stream: false };
  expect(crossRequest(gemini, gemini, json, line).written).toEqual(json);
});

test.each([
  ['standard', 'default', []],
  ['flex', 'flex', []],
  ['odd', undefined, ['serviceTier']],
] as const)('the service tier %s is %p', (serviceTier, tier, lost) => {
  const json = { contents: [{ role: 'user', parts: [{ text: 'a' }] }], serviceTier };
  expect(read(json).serviceTier).toBe(tier as never);
  expect(leftovers(json)).toEqual([...lost]);
  expect(crossRequest(gemini, gemini, json, { model: 'm', stream: false }).written).toEqual(json);
});
