/** What crosses between dialects, end to end inside the process: proofs of reasoning, and tools of plain text. */
import { describe, expect, test } from 'bun:test';
import type { ConversationDialect, DialectName } from '../../src/core/dialect-name.ts';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { seal } from '../../src/core/signature-seal.ts';
import { eventsOf } from '../../src/dialects/sse-decoder.ts';
import { eventStream, modes, requestFor, stageWith } from './in-process.ts';

function playing(speaks: DialectName, body: string | object, mode?: (typeof modes)[number]) {
  const sent: string[] = [];
  const stage = stageWith({
    transport: async (_url, init) => {
      sent.push(String(init.body));
      return typeof body === 'string' ? eventStream(body) : Response.json(body);
    },
    provider: { dialects: new Set([speaks]) },
    ...(mode !== undefined && { mode }),
  });
  return { sent, stage };
}

const event = (json: JsonObject) => `event: ${String(json.type)}\ndata: ${JSON.stringify(json)}\n\n`;

describe('a body that passes through', () => {
  const message = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: 'end_turn',
  };
  const sealed = seal({ origin: 'gemini', kind: 'signature', data: 'c2ln' });
  const call = { type: 'tool_use', id: 'a', name: 'f', input: {} };
  const own = { type: 'thinking', thinking: 'Mine', signature: 'EqQB' };
  const asked = (content: JsonObject[]) => ({
    model: 'p/m',
    max_tokens: 9,
    x_unknown: { kept: [null] },
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'ok' }] },
    ],
  });

  test.each(modes)('is rid of what another model proved, and of nothing else: %s', async (mode) => {
    const { stage, sent } = playing('anthropic-messages', message, mode);
    const foreign = { type: 'thinking', thinking: 'Hm', signature: sealed };
    const hidden = { type: 'redacted_thinking', data: sealed };
    const { record, response } = await stage.call(
      requestFor('/v1/messages', asked([foreign, own, hidden, call])),
    );
    expect(JSON.parse(sent[0] ?? '')).toEqual({ ...asked([own, call]), model: 'm' });
    expect(record.mode).toBe(mode);
    expect(response.headers.get('x-opengateway-warnings')).toContain("another model's reasoning");
  });

  test('is rid of it where its tokens are counted, too', async () => {
    const { stage, sent } = playing('anthropic-count-tokens', { input_tokens: 1 });
    const foreign = { type: 'thinking', thinking: 'Hm', signature: sealed };
    const { max_tokens: _, ...count } = asked([foreign, own, call]);
    const { text } = await stage.call(requestFor('/v1/messages/count_tokens', count));
    const { max_tokens: _also, ...left } = asked([own, call]);
    expect(JSON.parse(sent[0] ?? '')).toEqual({ ...left, model: 'm' });
    expect(JSON.parse(text)).toEqual({ input_tokens: 1 });
  });

  test('keeps its bytes where it holds nothing of the kind', async () => {
    const { stage, sent } = playing('anthropic-messages', message);
    const text = JSON.stringify(asked([own, call]), null, 1);
    await stage.call(requestFor('/v1/messages', text));
    expect(sent[0]).toBe(text.replace('"p/m"', '"m"'));
  });

  test.each<[string, string, JsonObject, JsonObject]>([
    [
      '/v1/responses',
      'openai-responses',
      {
        input: [
          { role: 'user', content: 'hi' },
          {
            type: 'reasoning',
            id: 'rs',
            summary: [{ type: 'summary_text', text: 'Hm' }],
            encrypted_content: sealed,
          },
          { role: 'assistant', content: 'Hello' },
        ],
      },
      {
        input: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: 'Hello' },
        ],
      },
    ],
    [
      '/v1/chat/completions',
      'openai-chat',
      {
        messages: [
          {
            role: 'assistant',
            content: 'Hello',
            reasoning_content: 'Hm',
            reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature: sealed, index: 0 }],
          },
        ],
      },
      { messages: [{ role: 'assistant', content: 'Hello' }] },
    ],
  ])('at %s', async (path, dialect, body, left) => {
    const { stage, sent } = playing(dialect as ConversationDialect, {});
    await stage.call(requestFor(path, { model: 'p/m', ...body }));
    expect(JSON.parse(sent[0] ?? '')).toEqual({ model: 'm', ...left });
  });
});

describe('a tool of plain text is called as one', () => {
  const tools = [{ type: 'custom', name: 'apply_patch', description: 'Patches' }];
  const patch = '*** Begin Patch\n"é"';
  const input = JSON.stringify({ input: patch });
  const pieces = input.match(/.{1,4}/gs) ?? [];
  const anthropic: [string, string] = [
    'anthropic-messages',
    [
      event({
        type: 'message_start',
        message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [] },
      }),
      event({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'apply_patch', input: {} },
      }),
      ...pieces.map((partial_json) =>
        event({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json } }),
      ),
      event({ type: 'content_block_stop', index: 0 }),
      event({ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } }),
      event({ type: 'message_stop' }),
    ].join(''),
  ];
  const part = { functionCall: { name: 'apply_patch', args: { input: patch } } };
  const candidate = { content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 };
  const gemini: [string, string] = [
    'gemini',
    `data: ${JSON.stringify({ candidates: [candidate], responseId: 'r' })}\n\n`,
  ];

  test.each([anthropic, gemini])('streamed from %s', async (dialect, stream) => {
    const { stage, sent } = playing(dialect as ConversationDialect, stream);
    const asked = { model: 'p/m', input: 'hi', tools, stream: true };
    const { text, response } = await stage.call(requestFor('/v1/responses', asked));
    const told = eventsOf(text).map(({ data }) => JSON.parse(data) as JsonObject);
    const done = told.find(({ type }) => type === 'response.custom_tool_call_input.done');
    expect(done?.input).toBe(patch);
    const { response: last } = told.at(-1) as { response: JsonObject };
    expect(last.output).toMatchObject([{ type: 'custom_tool_call', name: 'apply_patch', input: patch }]);
    expect(sent[0]).toContain('apply_patch');
    expect(response.headers.get('x-opengateway-warnings') ?? '').not.toContain('custom');
  });

  test('whole, and its result goes back to the call', async () => {
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'apply_patch', input: { input: patch } }];
    const reply = {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content,
      stop_reason: 'tool_use',
    };
    const { stage, sent } = playing('anthropic-messages', reply);
    const first = await stage.call(requestFor('/v1/responses', { model: 'p/m', input: 'hi', tools }));
    const { output } = JSON.parse(first.text) as { output: JsonObject[] };
    expect(output).toMatchObject([{ type: 'custom_tool_call', call_id: 'toolu_1', input: patch }]);
    const result = { type: 'custom_tool_call_output', call_id: 'toolu_1', output: 'Done' };
    await stage.call(
      requestFor('/v1/responses', {
        model: 'p/m',
        input: [{ role: 'user', content: 'hi' }, ...output, result],
        tools,
      }),
    );
    const { messages } = JSON.parse(sent[1] ?? '') as { messages: JsonObject[] };
    expect(messages.slice(1)).toMatchObject([
      { role: 'assistant', content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'Done' }] },
    ]);
  });

  test('a function of the same call stays one', async () => {
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'other', input: { input: 'x' } }];
    const reply = {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content,
      stop_reason: 'tool_use',
    };
    const { stage } = playing('anthropic-messages', reply);
    const { text } = await stage.call(requestFor('/v1/responses', { model: 'p/m', input: 'hi', tools }));
    const json: unknown = JSON.parse(text);
    expect(isObject(json) && json.output).toMatchObject([
      { type: 'function_call', arguments: '{"input":"x"}' },
    ]);
  });
});
