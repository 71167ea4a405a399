/** What a Responses request must say, what of it crosses to other dialects, and what cannot. */
import { describe, expect, test } from 'bun:test';
import type { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { outlineJson } from '../../../src/core/json-outline.ts';
import { Losses, reportLeftovers } from '../../../src/core/losses.ts';
import { mergeTurns } from '../../../src/core/turns.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { crossRequest } from '../../support/trips.ts';

const { listen } = openaiResponses;

function leftovers(body: JsonObject): readonly string[] {
  const losses = new Losses();
  const call = listen.readRequest(body);
  listen.checkCrossing?.(call);
  reportLeftovers(call, listen.formKeys, losses);
  return losses.list();
}

function thrownBy(run: () => unknown): Partial<GatewayError> {
  try {
    run();
  } catch (thrown) {
    return thrown as GatewayError;
  }
  throw new Error('nothing was thrown');
}

describe('a request is refused that', () => {
  test.each<[JsonObject, string, string]>([
    [{ input: 'x' }, 'missing_required_parameter', 'model'],
    // The provider would know the prompt's own; who is asked, and what it may cost, would be known to nobody here.
    [{ prompt: { id: 'pmpt_1' } }, 'missing_required_parameter', 'model'],
    [{ prompt: { id: 'pmpt_1' }, model: null }, 'missing_required_parameter', 'model'],
    [{ prompt: { id: 'pmpt_1' }, model: '' }, 'missing_required_parameter', 'model'],
    [{ model: 'm' }, 'missing_required_parameter', 'input'],
    [{ model: 'm', input: null, previous_response_id: null }, 'missing_required_parameter', 'input'],
    [{ model: 'm', input: {} }, 'invalid_type', 'input'],
    [{ model: 'm', input: 'x', stream: 'yes' }, 'invalid_type', 'stream'],
    [{ model: 'm', input: 'x', max_output_tokens: '1' }, 'invalid_type', 'max_output_tokens'],
    [{ model: 'm', input: 'x', stream_options: 1 }, 'invalid_type', 'stream_options'],
  ])('is %j', (body, code, param) => {
    expect(thrownBy(() => listen.readHead(body))).toMatchObject({ code, param });
  });

  test('has a stored prompt alone, and is told what to do', () => {
    expect(thrownBy(() => listen.readHead({ prompt: { id: 'pmpt_1' } })).message).toContain('the prompt');
    expect(listen.readHead({ prompt: { id: 'pmpt_1' }, model: 'm' }).model).toBe('m');
  });

  test.each<[JsonValue[], string]>([
    [['x'], 'input[0]'],
    [
      [
        { role: 'user', content: 'x' },
        { role: 'user', content: 1 },
      ],
      'input[1].content',
    ],
  ])('has the items %j', (input, param) => {
    expect(thrownBy(() => listen.readRequest({ model: 'm', input }))).toMatchObject({
      code: 'invalid_type',
      param,
    });
  });

  test.each<[JsonObject, string]>([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ conversation: { id: 'conv_1' } }, 'conversation'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [{ background: true }, 'background'],
    [{ instructions: 'i', input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0]'],
    [
      {
        input: [
          { role: 'user', content: 'x' },
          { type: 'compaction', encrypted_content: 'x' },
        ],
      },
      'input[1]',
    ],
  ])('would lose its past on the way to another API: %j', (more, param) => {
    const body = { model: 'm', input: 'x', ...more };
    expect(thrownBy(() => leftovers(body))).toMatchObject({ code: 'unsupported_value', param, status: 400 });
    expect(crossRequest(openaiResponses, openaiResponses, body).written).toEqual(body);
  });
});

test('a past kept by the provider needs no input', () => {
  const body = { model: 'm', previous_response_id: 'resp_1' };
  expect(crossRequest(openaiResponses, openaiResponses, body).written).toEqual(body);
});

test.each<[string, JsonObject]>([
  ['nothing where nothing was', { input: [], instructions: '', tools: [], text: {}, reasoning: {} }],
  ['nulls', { input: 'x', instructions: null, tools: null, reasoning: null, text: null, user: null }],
  ['a null input', { input: null, previous_response_id: 'r' }],
  ['odd items', { input: [{}, { type: 'message' }, { type: 1 }, { role: 'x' }, { type: 'function_call' }] }],
  [
    'odd parts',
    { input: [{ role: 'user', content: [1, null, {}, { type: 'input_text' }, { type: 'input_image' }] }] },
  ],
  [
    'odd tools',
    { input: 'x', tools: [1, {}, { type: 'function' }, { type: 'custom', name: 'n', format: { a: 1 } }] },
  ],
  ['odd choices', { input: 'x', tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [] } }],
  ['a choice of a tool that is not listed', { input: 'x', tool_choice: { type: 'custom', name: 'f' } }],
  ['two names for the user', { input: 'x', user: 'a', safety_identifier: 'b' }],
  [
    'thoughts in all forms',
    {
      input: [
        { type: 'reasoning', id: 'r', summary: [{ type: 'summary_text', text: 'a' }], content: null },
        { type: 'reasoning', id: 'r', summary: [], encrypted_content: null },
        { type: 'reasoning' },
      ],
    },
  ],
  [
    'raw file data',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_data: 'AA==', filename: 'a' }] }] },
  ],
  [
    'a data URL as address',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_url: 'data:a/b;base64,AA==' }] }] },
  ],
  [
    'audio',
    {
      input: [
        {
          role: 'user',
          content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'mp3', x: 1 } }],
        },
      ],
    },
  ],
  [
    'marks',
    {
      input: [
        {
          role: 'user',
          content: [{ type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } }],
        },
      ],
    },
  ],
  [
    'grammars',
    {
      input: 'x',
      tools: [{ type: 'custom', name: 'n', format: { type: 'grammar', syntax: 'lark', definition: 'd' } }],
    },
  ],
  ['labels that are no strings', { input: 'x', metadata: { a: 1 } }],
  ['summaries', { input: 'x', reasoning: { summary: 'detailed', generate_summary: 'auto', effort: null } }],
])('%s survive', (_, more) => {
  const body = { model: 'm', ...more };
  expect(crossRequest(openaiResponses, openaiResponses, body).written).toEqual(body);
});

/** What Codex sends with every call. */
const codex: JsonObject = {
  model: 'm',
  instructions: 'You are Codex.',
  input: [
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'rules' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'fix it' }] },
    { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: null },
    {
      type: 'message',
      role: 'assistant',
      phase: 'commentary',
      content: [{ type: 'output_text', text: 'let me' }],
    },
    { type: 'web_search_call', id: 'ws', status: 'completed', action: { type: 'search' } },
    { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: '*** Begin', status: 'completed' },
    { type: 'function_call', call_id: 'd', name: 'shell', arguments: '{}' },
    { type: 'custom_tool_call_output', call_id: 'c', output: 'Done' },
    { type: 'function_call_output', call_id: 'd', output: [{ type: 'input_text', text: 'ok' }] },
  ],
  tools: [
    { type: 'function', name: 'shell', description: 'd', strict: false, parameters: { type: 'object' } },
    {
      type: 'custom',
      name: 'apply_patch',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
    },
    { type: 'namespace', name: 'mcp', tools: [] },
    { type: 'web_search', external_web_access: false },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'medium', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'k',
  client_metadata: { a: 'b' },
};

describe('a call of Codex', () => {
  test('crosses; tools its provider would run are named', () => {
    expect(leftovers(codex)).toEqual(['content part web_search_call', 'tool namespace', 'tool web_search']);
    expect(crossRequest(openaiResponses, openaiResponses, codex).written).toEqual(codex);
  });

  test('is a conversation of turns', () => {
    const call = listen.readRequest(codex);
    const turns = mergeTurns(call.messages).map(({ role, apart, parts }) => ({
      role,
      ...(apart && { apart }),
      parts: parts.map(({ type }) => type),
    }));
    expect(turns).toEqual([
      { role: 'system', apart: true, parts: ['text'] },
      { role: 'developer', parts: ['text'] },
      { role: 'user', parts: ['text'] },
      { role: 'assistant', parts: ['reasoning', 'text', 'tool-call', 'tool-call'] },
      { role: 'tool', parts: ['tool-result', 'tool-result'] },
    ]);
    expect(call).toMatchObject({
      reasoning: { effort: 'medium', show: true },
      toolChoice: { type: 'auto' },
      parallelToolCalls: true,
    });
    expect(call.tools?.map(({ type }) => type)).toEqual(['function', 'custom', 'other', 'other']);
  });
});

test('what has no meaning elsewhere is named, what is form is not', () => {
  expect(
    leftovers({
      model: 'm',
      input: [
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'a', annotations: [{ type: 'x' }], logprobs: [] }],
        },
        { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'gAAA' },
        { type: 'function_call', call_id: 'c', name: 'f', namespace: 'n', arguments: '{}' },
      ],
      text: { verbosity: 'low', format: { type: 'text' } },
      service_tier: 'flex',
      truncation: 'auto',
      background: false,
      store: true,
      stream_options: { include_obfuscation: false },
    }),
  ).toEqual(['truncation', 'content.text.annotations', 'messages.namespace']);
});

test('media are read whatever field they stand in', () => {
  const content = [
    { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'high' },
    { type: 'input_image', file_id: 'file-1' },
    { type: 'input_file', file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' },
    { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
  ];
  const [message] = listen.readRequest({ model: 'm', input: [{ role: 'user', content }] }).messages;
  expect(message?.parts.map(({ carry: _, ...part }) => part) as unknown[]).toEqual([
    {
      type: 'media',
      kind: 'image',
      source: { type: 'base64', mediaType: 'image/png', data: 'AA==' },
      detail: 'high',
    },
    { type: 'media', kind: 'image', source: { type: 'file', id: 'file-1' } },
    {
      type: 'media',
      kind: 'document',
      source: { type: 'base64', mediaType: 'application/pdf', data: 'AA==' },
      name: 'a.pdf',
    },
    { type: 'media', kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'AA==' } },
  ]);
});

test('what a middleware changes in a call of the same dialect is what the upstream gets', () => {
  const call = listen.readRequest({
    model: 'm',
    instructions: 'be',
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'my number is 1234', x: 1 }] }],
    user: 'u',
  });
  const [system, user] = call.messages;
  if (system === undefined || user === undefined) throw new Error('messages are missing');
  const changed = {
    ...call,
    endUser: 'v',
    messages: [
      { ...system, parts: [{ type: 'text' as const, text: 'be kind' }] },
      {
        ...user,
        parts: user.parts.map((part) => (part.type === 'text' ? { ...part, text: 'hidden' } : part)),
      },
    ],
  };
  const change = { model: 'n', askForUsage: false };
  expect(openaiResponses.speak.writeRequest(changed, change, new Losses())).toMatchObject({
    model: 'n',
    instructions: 'be kind',
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'hidden', x: 1 }] }],
    user: 'v',
  });
});

test('passing through, only the model is exchanged: a stream always tells its usage', () => {
  const text = '{ "model" : "a", "input":"model", "stream":true }';
  const json = JSON.parse(text) as JsonObject;
  const outline = outlineJson(text, openaiResponses.rewrittenKeys, 64);
  const head = listen.readHead(json);
  expect(head).toEqual({ model: 'a', stream: true, wantsUsage: true });
  const change = { model: 'b', askForUsage: true };
  expect(openaiResponses.rewriteRequest({ text, json, outline }, head, change)).toBe(
    '{ "model" : "b", "input":"model", "stream":true }',
  );
});
