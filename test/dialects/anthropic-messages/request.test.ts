/** What a request says, in typed values; what its words cannot say stays where it was. */
import { describe, expect, test } from 'bun:test';
import type { Call } from '../../../src/core/call.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { Losses, reportLeftovers } from '../../../src/core/losses.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import { asJson, crossRequest } from '../../support/trips.ts';

const { readRequest, formKeys } = anthropicMessages.listen;

function bodyOf(more: JsonObject): JsonObject {
  return { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }], ...more };
}

function lostFrom(call: Call): readonly string[] {
  const losses = new Losses();
  reportLeftovers(call, formKeys, losses);
  return losses.list();
}

/** The typed part of one block, and proof that the block comes back as it was. */
function partOf(block: JsonValue) {
  const body = bodyOf({ messages: [{ role: 'user', content: [block] }] });
  expect(crossRequest(anthropicMessages, anthropicMessages, body).written).toEqual(asJson(body));
  const { carry: _, ...part } = { carry: undefined, ...readRequest(body).messages[0]?.parts[0] };
  return part;
}

const base64 = { type: 'base64', media_type: 'image/png', data: 'AA==' };

test.each([
  [
    { type: 'text', text: '' },
    { type: 'text', text: '' },
  ],
  [
    { type: 'image', source: base64 },
    { type: 'media', kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AA==' } },
  ],
  [
    { type: 'image', source: { type: 'url', url: 'https://a/b' }, cache_control: { type: 'ephemeral' } },
    { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a/b' }, cache: {} },
  ],
  [
    { type: 'image', source: { type: 'file', file_id: 'f' } },
    { type: 'media', kind: 'image', source: { type: 'file', id: 'f' } },
  ],
  [{ type: 'image', source: { ...base64, extra: 1 } }, { type: 'other' }],
  [
    {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 't' },
      title: 'n',
      context: 'c',
    },
    { type: 'media', kind: 'document', source: { type: 'text', text: 't' }, name: 'n' },
  ],
  [
    {
      type: 'document',
      source: {
        type: 'content',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    },
    { type: 'media', kind: 'document', source: { type: 'text', text: 'a\nb' } },
  ],
  [
    { type: 'document', source: { type: 'content', content: [{ type: 'image', source: base64 }] } },
    { type: 'other' },
  ],
  [
    { type: 'search_result', source: 'https://a', title: 'n', content: [{ type: 'text', text: 'a' }] },
    { type: 'media', kind: 'document', source: { type: 'text', text: 'a' }, name: 'n' },
  ],
  [
    { type: 'thinking', thinking: '', signature: 's' },
    { type: 'reasoning', text: '', signature: 's' },
  ],
  [
    { type: 'redacted_thinking', data: 'd' },
    { type: 'reasoning', text: '', redacted: 'd' },
  ],
  [
    { type: 'tool_use', id: 'a', name: 'b', input: { '': [1.5, null] }, caller: { type: 'direct' } },
    { type: 'tool-call', id: 'a', name: 'b', arguments: '{"":[1.5,null]}' },
  ],
  [{ type: 'tool_use', id: 'a', name: 'b', input: 'text' }, { type: 'other' }],
  [
    {
      type: 'tool_result',
      tool_use_id: 'a',
      is_error: false,
      cache_control: { type: 'ephemeral', ttl: '1h' },
    },
    {
      type: 'tool-result',
      toolCallId: 'a',
      parts: [],
      plainText: false,
      isError: false,
      cache: { ttl: '1h' },
    },
  ],
  [
    { type: 'tool_result', tool_use_id: 'a', content: 'ok', is_error: true },
    {
      type: 'tool-result',
      toolCallId: 'a',
      parts: [{ type: 'text', text: 'ok' }],
      plainText: true,
      isError: true,
    },
  ],
  [{ type: 'tool_result', tool_use_id: 'a', content: {} }, { type: 'other' }],
  [{ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} }, { type: 'other' }],
  [{ type: 'text', text: 5 }, { type: 'other' }],
  [null, { type: 'other' }],
  ['text', { type: 'other' }],
])('the block %j is %j', (block, part) => {
  expect(partOf(block)).toEqual(part as never);
});

describe('the system prompt', () => {
  const billing = { type: 'text', text: 'x-anthropic-billing-header: cc_version=1; cch=2;' };
  const brief = { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } };

  test.each([
    [undefined, undefined],
    ['', undefined],
    [[], undefined],
    [null, undefined],
    ['Be brief.', ['Be brief.']],
    [[brief], ['Be brief.']],
    [[billing, brief], ['Be brief.']],
    [
      [brief, billing, brief],
      ['Be brief.', 'Be brief.'],
    ],
    [[billing], undefined],
  ])('%j says %j, and comes back', (system, said) => {
    const body = bodyOf(system === undefined ? {} : { system });
    const call = readRequest(body);
    const apart = call.messages.filter((message) => message.apart === true);
    expect(apart[0]?.parts.map((part) => (part.type === 'text' ? part.text : part.type))).toEqual(
      said as never,
    );
    expect(lostFrom(call)).toEqual([]);
    expect(crossRequest(anthropicMessages, anthropicMessages, body).written).toEqual(asJson(body));
  });

  test('inside the conversation keeps its place', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'Now in French.' },
    ];
    expect(readRequest(bodyOf({ messages })).messages.map(({ role, apart }) => [role, apart])).toEqual([
      ['user', undefined],
      ['system', undefined],
    ]);
  });
});

test.each([
  [{ type: 'auto' }, { toolChoice: { type: 'auto' } }],
  [
    { type: 'any', disable_parallel_tool_use: true },
    { toolChoice: { type: 'required' }, parallelToolCalls: false },
  ],
  [
    { type: 'tool', name: 'n', disable_parallel_tool_use: false },
    { toolChoice: { type: 'named', name: 'n' }, parallelToolCalls: true },
  ],
  [{ type: 'none' }, { toolChoice: { type: 'none' } }],
  [{ type: 'tool' }, { toolChoice: { type: 'other' } }],
  [{ type: 'auto', more: 1 }, { toolChoice: { type: 'other' } }],
])('the tool choice %j is %j, and comes back', (tool_choice, said) => {
  const body = bodyOf({ tool_choice });
  expect(readRequest(body)).toMatchObject(said as never);
  expect(crossRequest(anthropicMessages, anthropicMessages, body).written).toEqual(asJson(body));
});

const schema = { type: 'object' };
test.each([
  [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, { mode: 'enabled', budgetTokens: 2000 }, []],
  [{ thinking: { type: 'adaptive', display: 'omitted' } }, { mode: 'adaptive', show: false }, []],
  [
    { thinking: { type: 'disabled' }, output_config: { effort: 'low' } },
    { mode: 'disabled', effort: 'low' },
    [],
  ],
  [{ thinking: { type: 'between_tools' } }, undefined, ['thinking']],
  [{ thinking: null, output_config: null }, undefined, []],
  [
    { output_config: { effort: 'max', task_budget: { total: 5 } } },
    { effort: 'max' },
    ['output_config.task_budget'],
  ],
] as const)('%j is the reasoning %j', (more, reasoning, lost) => {
  const body = bodyOf(more as unknown as JsonObject);
  const call = readRequest(body);
  expect(call.reasoning).toEqual(reasoning as never);
  expect(lostFrom(call)).toEqual([...lost]);
  expect(crossRequest(anthropicMessages, anthropicMessages, body).written).toEqual(asJson(body));
});

test.each([
  [{ output_config: { format: { type: 'json_schema', schema } } }],
  [{ output_format: { type: 'json_schema', schema } }],
  [{ output_format: { type: 'json_schema', schema }, output_config: { effort: 'low' } }],
])('%j asks for JSON by a schema, from its own seat', (more) => {
  const body = bodyOf(more as JsonObject);
  expect(readRequest(body).responseFormat).toMatchObject({ type: 'json-schema', schema });
  expect(lostFrom(readRequest(body))).toEqual([]);
  expect(crossRequest(anthropicMessages, anthropicMessages, body).written).toEqual(asJson(body));
});

test('a mark of the whole request marks the last block for others, and only itself here', () => {
  const messages = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
  ];
  const body = bodyOf({ messages, cache_control: { type: 'ephemeral', ttl: '1h' } });
  const call = readRequest(body);
  expect(call.messages[0]?.parts.map((part) => 'cache' in part && part.cache)).toEqual([
    false,
    { ttl: '1h' },
  ]);
  expect(crossRequest(anthropicMessages, anthropicMessages, body).written).toEqual(asJson(body));
});

test('a tool is typed, and one that Anthropic runs is kept whole', () => {
  const own = { name: 'n', description: 'd', input_schema: schema, strict: true, defer_loading: true };
  const hosted = { type: 'web_search_20260209', name: 'web_search', max_uses: 3 };
  const call = readRequest(bodyOf({ tools: [own, hosted] }));
  expect(call.tools).toMatchObject([
    { type: 'function', name: 'n', description: 'd', parameters: schema, strict: true },
    { type: 'other' },
  ]);
  expect(lostFrom(call)).toEqual(['tools.defer_loading', 'tool web_search_20260209']);
});

test('the rest of a request is typed where others have words for it, and named where not', () => {
  const call = readRequest(
    bodyOf({
      stop_sequences: ['a'],
      temperature: 0.5,
      top_p: 0.25,
      top_k: 3,
      metadata: { user_id: 'u' },
      service_tier: 'auto',
      container: 'c',
      mcp_servers: [{ type: 'url', url: 'https://m', name: 'm' }],
      context_management: { edits: [] },
    }),
  );
  expect(call).toMatchObject({
    maxOutputTokens: 10,
    stop: ['a'],
    sampling: { temperature: 0.5, topP: 0.25, topK: 3 },
    endUser: 'u',
    serviceTier: 'auto',
  });
  expect(lostFrom(call)).toEqual(['container', 'mcp_servers']);
});

test.each([
  [{ model: 5 }, 'model'],
  [{ model: '' }, 'model'],
  [{ messages: undefined }, 'messages'],
  [{ messages: 'Hi' }, 'messages'],
  [{ messages: ['Hi'] }, 'messages.0'],
  [{ messages: [{ role: 'user', content: 5 }] }, 'messages.0.content'],
  [{ system: { text: 'x' } }, 'system'],
  [{ stream: 'yes' }, 'stream'],
  [{ max_tokens: '5' }, 'max_tokens'],
])('%j is refused, naming %s', (more, param) => {
  const body = bodyOf(more as JsonObject);
  expect(() => readRequest(body)).toThrow(expect.objectContaining({ param }));
});
