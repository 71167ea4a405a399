/** What clients of OpenAI Chat send is read for what it means elsewhere, in OpenAI's words and in its cousins', and trips. */
import { describe, expect, test } from 'bun:test';
import type { Call, Message } from '../../../src/core/call.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { Losses, reportLeftovers } from '../../../src/core/losses.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { asJson, crossRequest } from '../../support/trips.ts';

const hi = { role: 'user', content: 'hi' };
const ephemeral = { type: 'ephemeral' };

/** Read, having made sure that writing it back changes nothing. */
function read(fields: JsonObject): { call: Call; losses: readonly string[] } {
  const json: JsonObject = { model: 'm', messages: [hi], ...fields };
  expect(crossRequest(openaiChat, openaiChat, json).written).toEqual(asJson(json));
  const call = openaiChat.listen.readRequest(json);
  const losses = new Losses();
  reportLeftovers(call, openaiChat.listen.formKeys, losses);
  return { call, losses: losses.list() };
}

/** Without carries, which other tests look at. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'carry')
      .map(([key, inner]) => [key, plain(inner)]),
  );
}

const parts: [JsonObject, object][] = [
  [
    { type: 'input_audio', input_audio: { data: 'AA==', format: 'mp3' } },
    { type: 'media', kind: 'audio', source: { type: 'base64', mediaType: 'audio/mpeg', data: 'AA==' } },
  ],
  [
    { type: 'input_audio', input_audio: { format: 'wav', data: 'AA==' } },
    { type: 'media', kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'AA==' } },
  ],
  [
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
    {
      type: 'media',
      kind: 'document',
      name: 'a.pdf',
      source: { type: 'base64', mediaType: 'application/pdf', data: 'AA==' },
    },
  ],
  [
    { type: 'file', file: { file_data: 'data:image/png;base64,AA==' } },
    { type: 'media', kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AA==' } },
  ],
  [
    { type: 'file', file: { file_id: 'file_1' } },
    { type: 'media', kind: 'document', source: { type: 'file', id: 'file_1' } },
  ],
  [
    { type: 'image_url', image_url: 'https://x/y.png' },
    { type: 'media', kind: 'image', source: { type: 'url', url: 'https://x/y.png' } },
  ],
  [
    { video_url: { url: 'https://x/y.mp4' }, type: 'video_url' },
    { type: 'media', kind: 'video', source: { type: 'url', url: 'https://x/y.mp4' } },
  ],
  [
    { type: 'document_url', document_url: 'https://x/y.pdf' },
    { type: 'media', kind: 'document', source: { type: 'url', url: 'https://x/y.pdf' } },
  ],
  [
    { type: 'text', text: 'x', cache_control: { ttl: '1h', type: 'ephemeral' } },
    { type: 'text', text: 'x', cache: { ttl: '1h' } },
  ],
  [
    { type: 'text', text: 'x', prompt_cache_breakpoint: { mode: 'explicit' } },
    { type: 'text', text: 'x', cache: {} },
  ],
];

test.each(parts)('the part %j', (raw, expected) => {
  const { call, losses } = read({ messages: [{ role: 'user', content: [raw] }] });
  expect(plain(call.messages[0]?.parts)).toEqual([expected]);
  expect(losses).toEqual([]);
});

test.each([
  [{ type: 'input_audio', input_audio: { data: 'data:audio/wav;base64,AA==', format: 'wav' } }],
  [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'mpeg' } }],
  [{ type: 'input_audio', input_audio: { data: 'AA==' } }],
  [{ type: 'file', file: { file_data: 'JVBERi0=' } }],
  [{ type: 'file', file: 'x' }],
  [{ type: 'video_url', video_url: { uri: 'x' } }],
] as JsonObject[][])('a part that is not understood is carried and named: %j', (raw = {}) => {
  const { call, losses } = read({ messages: [{ role: 'user', content: [raw] }] });
  expect(call.messages[0]?.parts.map(({ type }) => type)).toEqual(['other']);
  expect(losses).toEqual([`content part ${raw.type}`]);
});

test('an image’s detail is typed', () => {
  const image = { type: 'image_url', image_url: { url: 'https://x', detail: 'low' } };
  const { call, losses } = read({ messages: [{ role: 'user', content: [image] }] });
  expect(call.messages[0]?.parts[0]).toMatchObject({ type: 'media', detail: 'low' });
  expect(losses).toEqual([]);
});

const toolCall = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
const typedCall = { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' };
const detail = { type: 'reasoning.text', text: 'so', signature: 'S', format: 'v1', index: 0 };

const assistants: [string, JsonObject, object[]][] = [
  [
    'a custom tool call',
    { tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'g', input: 'i' } }] },
    [{ type: 'tool-call', id: 'c', name: 'g', kind: 'custom', arguments: 'i' }],
  ],
  [
    'a call Gemini signed',
    { tool_calls: [{ ...toolCall, extra_content: { google: { thought_signature: 'S' } } }] },
    [{ ...typedCall, signature: 'S' }],
  ],
  [
    'a marked call',
    { tool_calls: [{ ...toolCall, cache_control: ephemeral }] },
    [{ ...typedCall, cache: {} }],
  ],
  [
    'calls among which one is odd',
    { tool_calls: [{ ...toolCall }, { id: 5 }, { ...toolCall, id: 'd' }] },
    [typedCall, { type: 'other' }, { ...typedCall, id: 'd' }],
  ],
  ['a refusal', { content: null, refusal: 'no' }, [{ type: 'refusal', text: 'no' }]],
  [
    'reasoning told twice',
    { content: 'x', reasoning: 'so', reasoning_details: [detail] },
    [
      { type: 'reasoning', text: 'so', signature: 'S' },
      { type: 'text', text: 'x' },
    ],
  ],
  [
    'reasoning that is encrypted beside its summary',
    { reasoning: 'in short', reasoning_details: [{ type: 'reasoning.encrypted', data: 'R', id: 'rs_1' }] },
    [
      { type: 'reasoning', text: 'in short' },
      { type: 'reasoning', text: '', redacted: 'R' },
    ],
  ],
  [
    'a summary and a signature without text',
    {
      reasoning_details: [
        { type: 'reasoning.summary', summary: 'in short' },
        { type: 'reasoning.text', text: null, signature: 'S' },
      ],
    },
    [
      { type: 'reasoning', text: 'in short' },
      { type: 'reasoning', text: '', signature: 'S' },
    ],
  ],
];

test.each(assistants)('an assistant’s message with %s', (_what, fields, expected) => {
  const { call } = read({ messages: [hi, { role: 'assistant', ...fields }] });
  expect(plain(call.messages[1]?.parts)).toEqual(expected as never);
});

test.each([
  { reasoning: 'other', reasoning_details: [detail] },
  { reasoning_details: [{ type: 'reasoning.text' }] },
  { reasoning_details: [detail, { type: 'brand.new' }] },
  { reasoning_details: [null] },
  { reasoning_details: 'odd', reasoning: 5 },
] as JsonObject[])('odd reasoning survives: %j', (fields) => {
  read({ messages: [{ role: 'assistant', content: 'x', ...fields }] });
});

describe('a mark on a message is one at the end of its last part', () => {
  test.each([
    [
      { role: 'system', content: 'x', cache_control: ephemeral },
      { type: 'text', cache: {} },
    ],
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        cache_control: { type: 'ephemeral', ttl: '1h' },
      },
      { type: 'text', text: 'b', cache: { ttl: '1h' } },
    ],
    [
      { role: 'tool', tool_call_id: 'c', content: 'x', cache_control: ephemeral },
      { type: 'tool-result', cache: {} },
    ],
    [
      { role: 'assistant', content: 'x', tool_calls: [toolCall], cache_control: ephemeral },
      { type: 'tool-call', cache: {} },
    ],
  ] as [JsonObject, object][])('%j', (message, last) => {
    const { call, losses } = read({ messages: [message] });
    expect(call.messages[0]?.parts.at(-1)).toMatchObject(last);
    expect(losses).toEqual([]);
  });

  test.each([
    {
      role: 'user',
      content: [{ type: 'text', text: 'b', cache_control: ephemeral }],
      cache_control: ephemeral,
    },
    { role: 'user', content: 'x', cache_control: { type: 'ephemeral', scope: 'x' } },
    { role: 'user', content: 'x', cache_control: null },
    { role: 'user', content: [], cache_control: ephemeral },
  ] as JsonObject[])('what is more than a mark survives: %j', (message) => {
    read({ messages: [message] });
  });
});

test('a marked tool, and one that does not say what it is', () => {
  const tools = [
    { type: 'function', function: { name: 'f' }, cache_control: ephemeral },
    { function: { name: 'g' } },
  ];
  const { call, losses } = read({ tools });
  expect(plain(call.tools)).toEqual([
    { type: 'function', name: 'f', cache: {} },
    { type: 'function', name: 'g' },
  ]);
  expect(losses).toEqual([]);
});

test.each([
  ['function', [{ type: 'function', function: { name: 'f' } }], 'named'],
  ['custom', [{ type: 'custom', custom: { name: 'f' } }], 'named'],
  ['custom', [], 'other'],
  ['function', [{ type: 'custom', custom: { name: 'f' } }], 'other'],
] as [string, JsonValue[], string][])('a choice of a %s by name, of %j', (kind, tools, type) => {
  const { call } = read({ tools, tool_choice: { type: kind, [kind]: { name: 'f' } } });
  expect(call.toolChoice?.type).toBe(type as never);
});

describe('functions as they were before tools', () => {
  const functions = [{ name: 'f', description: 'd', parameters: { type: 'object' } }];

  test('are tools, and the choice among them', () => {
    const { call, losses } = read({ functions, function_call: { name: 'f' } });
    expect(plain(call.tools)).toEqual([{ type: 'function', ...functions[0] }]);
    expect(call.toolChoice).toEqual({ type: 'named', name: 'f' });
    expect(losses).toEqual([]);
    expect(read({ functions, function_call: 'auto' }).call.toolChoice).toEqual({ type: 'auto' });
  });

  test('their calls and results find each other by name, in order', () => {
    const called = (args: string) => ({
      role: 'assistant',
      content: null,
      function_call: { name: 'f', arguments: args },
    });
    const answered = (content: string) => ({ role: 'function', name: 'f', content });
    const { call } = read({ messages: [hi, called('1'), answered('a'), called('2'), answered('b')] });
    const [, first, result, second, again] = call.messages as [Message, Message, Message, Message, Message];
    expect([first, second].map(({ parts }) => parts[0])).toMatchObject([
      { type: 'tool-call', name: 'f', arguments: '1' },
      { type: 'tool-call', name: 'f', arguments: '2' },
    ]);
    for (const [caller, answer] of [
      [first, result],
      [second, again],
    ] as const) {
      const [made] = caller.parts;
      const id = made?.type === 'tool-call' ? made.id : undefined;
      expect(answer).toMatchObject({
        role: 'tool',
        parts: [{ type: 'tool-result', toolCallId: id, name: 'f' }],
      });
    }
  });

  test.each([
    { functions: [{ name: 5 }] },
    { functions, tools: [] },
    { functions: {}, function_call: { name: 'f', x: 1 } },
    { messages: [{ role: 'function', name: 'f', content: 'nobody asked' }] },
    { messages: [{ role: 'assistant', function_call: { name: '' } }] },
    {
      messages: [{ role: 'assistant', function_call: { name: 'f', arguments: '' }, tool_calls: [toolCall] }],
    },
  ] as JsonObject[])('odd ones survive: %j', (fields) => {
    read(fields);
  });
});

describe('how much to think', () => {
  test.each([
    [{ reasoning_effort: 'high' }, { effort: 'high' }],
    [{ reasoning: { effort: 'low', exclude: true } }, { effort: 'low', show: false }],
    [{ reasoning: { enabled: true, max_tokens: 2000 } }, { mode: 'enabled', budgetTokens: 2000 }],
    [{ reasoning: { enabled: false } }, { mode: 'disabled' }],
    [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, { mode: 'enabled', budgetTokens: 1024 }],
    [{ thinking: { type: 'disabled' } }, { mode: 'disabled' }],
    [
      { thinking: { type: 'adaptive' }, reasoning_effort: 'max' },
      { mode: 'adaptive', effort: 'max' },
    ],
    [{ include_reasoning: false }, { show: false }],
  ] as [JsonObject, object][])('%j', (fields, expected) => {
    const { call, losses } = read(fields);
    expect(call.reasoning).toEqual(expected);
    expect(losses).toEqual([]);
  });

  test.each([
    [{ reasoning_effort: 'high', reasoning: { effort: 'low' } }, ['reasoning']],
    [{ reasoning: { enabled: true }, thinking: { type: 'disabled' } }, ['thinking']],
    [{ thinking: { type: 'enabled', clear_thinking: false } }, ['thinking.clear_thinking']],
  ] as [JsonObject, string[]][])('said twice or with more, the rest is named: %j', (fields, losses) => {
    expect(read(fields).losses).toEqual(losses);
  });

  test.each([
    { reasoning: null, thinking: 'on', reasoning_effort: null },
    { reasoning: {}, thinking: {}, include_reasoning: 'yes' },
    { reasoning: { effort: 5, max_tokens: '9', enabled: null, exclude: 0 } },
  ] as JsonObject[])('odd ones survive: %j', (fields) => {
    expect(read(fields).call.reasoning).toBeUndefined();
  });
});

test.each([
  [{ metadata: { a: 'b' } }, { metadata: { a: 'b' } }],
  [{ top_k: 40 }, { sampling: { topK: 40 } }],
  [{ user: 'a', safety_identifier: 'b' }, { endUser: 'a' }],
  [{ safety_identifier: 'b' }, { endUser: 'b' }],
] as [JsonObject, object][])('%j', (fields, expected) => {
  expect(read(fields).call).toMatchObject(expected);
});

test('labels that are no texts are carried and named', () => {
  const { call, losses } = read({ metadata: { a: 5 } });
  expect(call.metadata).toBeUndefined();
  expect(losses).toEqual(['metadata']);
});

test('what only OpenAI has is named', () => {
  const fields = { logit_bias: { 5: 1 }, service_tier: 'scale', prediction: { type: 'content' } };
  expect(read(fields).losses).toEqual(['logit_bias', 'service_tier', 'prediction']);
});

test('what says nothing elsewhere is not', () => {
  const fields = { stream: true, stream_options: { include_usage: true }, usage: { include: true }, n: null };
  expect(read(fields).losses).toEqual([]);
});
