/** Calls of other dialects as Responses requests: valid by OpenAI's schema, and nothing lost in silence. */
import { describe, expect, test } from 'bun:test';
import type { Call, Message } from '../../../src/core/call.ts';
import type { DialectName } from '../../../src/core/dialect-name.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { Part } from '../../../src/core/part.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { openaiErrors, openaiSpecIsPresent } from '../../support/openai-schema.ts';
import { asJson } from '../../support/trips.ts';

function carryOf(dialect: DialectName) {
  return { dialect, fields: {} };
}

function message(role: Message['role'], parts: readonly Part[], more: Partial<Message> = {}): Message {
  return { role, parts, plainText: false, carry: carryOf('anthropic-messages'), ...more };
}

function says(role: Message['role'], text: string): Message {
  return message(role, [{ type: 'text', text }], { plainText: true });
}

function write(call: Partial<Call>, dialect: DialectName = 'anthropic-messages') {
  const whole: Call = {
    model: 'm',
    stream: false,
    messages: [says('user', 'hi')],
    sampling: {},
    carry: carryOf(dialect),
    ...call,
  };
  const losses = new Losses();
  const written = asJson(
    openaiResponses.speak.writeRequest(whole, { model: 'gpt', askForUsage: true }, losses),
  );
  if (openaiSpecIsPresent)
    expect({ written, errors: openaiErrors('CreateResponse', written) }).toEqual({ written, errors: [] });
  return { written, losses: losses.list() };
}

function input(...messages: Message[]): unknown {
  return write({ messages }).written.input;
}

test('a plain call keeps nothing at the provider', () => {
  expect(write({}).written).toEqual({
    model: 'gpt',
    store: false,
    input: [{ role: 'user', content: 'hi' }],
  });
});

describe('system prompts', () => {
  test('kept apart they are instructions', () => {
    const system = message(
      'system',
      [
        { type: 'text', text: 'a', cache: {} },
        { type: 'text', text: 'b' },
      ],
      { apart: true },
    );
    const { written, losses } = write({ messages: [system, says('user', 'hi')] });
    expect(written.instructions).toBe('a\n\nb');
    expect(losses).toEqual(['cache_control']);
  });

  test('in the conversation they keep place and role', () => {
    expect(input(says('developer', 'a'), says('user', 'b'), says('system', 'c'))).toEqual([
      { role: 'developer', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'system', content: 'c' },
    ]);
  });
});

describe('turns', () => {
  const longId = 'x'.repeat(80);

  test('calls and results stand side by side, errors told in words, long ids shortened in pairs', () => {
    const items = input(
      message('assistant', [
        { type: 'text', text: 'let me see' },
        { type: 'tool-call', id: longId, name: 'f', arguments: '' },
        { type: 'tool-call', id: 'short', name: 'g', arguments: '{"a":' },
      ]),
      message('user', [
        { type: 'tool-result', toolCallId: longId, parts: [{ type: 'text', text: '42' }], plainText: true },
        {
          type: 'tool-result',
          toolCallId: 'short',
          parts: [{ type: 'text', text: 'no' }],
          plainText: true,
          isError: true,
        },
        { type: 'text', text: 'and now?' },
      ]),
    ) as JsonObject[];
    const id = String(items[1]?.call_id);
    expect(id).toMatch(/^call_[0-9a-f]{32}$/);
    expect(items).toEqual([
      { role: 'assistant', content: 'let me see' },
      { type: 'function_call', call_id: id, name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'short', name: 'g', arguments: '{"a":' },
      { type: 'function_call_output', call_id: id, output: '42' },
      { type: 'function_call_output', call_id: 'short', output: 'Error: no' },
      { role: 'user', content: [{ type: 'input_text', text: 'and now?' }] },
    ]);
  });

  test('an error that is told in words, and a signature that is not, are named', () => {
    const { losses } = write({
      messages: [
        message('assistant', [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}', signature: 's' }]),
        message('tool', [
          { type: 'tool-result', toolCallId: 'c', parts: [], plainText: true, isError: true },
        ]),
      ],
    });
    expect(losses).toEqual(['messages.tool_call.signature', 'tool_result.is_error (told in words)']);
  });

  test('a custom tool has items of its own', () => {
    expect(
      input(
        message('assistant', [
          { type: 'tool-call', id: 'c', name: 'p', arguments: '*** Begin', kind: 'custom' },
        ]),
        message('tool', [
          { type: 'tool-result', toolCallId: 'c', parts: [{ type: 'text', text: 'ok' }], plainText: true },
        ]),
      ),
    ).toEqual([
      { type: 'custom_tool_call', call_id: 'c', name: 'p', input: '*** Begin' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'ok' },
    ]);
  });

  test('an image inside a result stays inside it', () => {
    const image: Part = {
      type: 'media',
      kind: 'image',
      source: { type: 'base64', mediaType: 'image/png', data: 'AA==' },
    };
    const result: Part = {
      type: 'tool-result',
      toolCallId: 'c',
      parts: [{ type: 'text', text: 'see' }, image],
      plainText: false,
    };
    expect(input(message('user', [result]))).toEqual([
      {
        type: 'function_call_output',
        call_id: 'c',
        output: [
          { type: 'input_text', text: 'see' },
          { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,AA==' },
        ],
      },
    ]);
  });

  test('a refusal is told as one', () => {
    expect(
      input(
        message('assistant', [
          { type: 'text', text: 'a' },
          { type: 'refusal', text: 'no' },
        ]),
      ),
    ).toMatchObject([
      {
        content: [
          { type: 'output_text', text: 'a' },
          { type: 'refusal', refusal: 'no' },
        ],
        status: 'completed',
      },
    ]);
  });
});

describe('thoughts', () => {
  test.each<[string, Part]>([
    ['a signature', { type: 'reasoning', text: 'hm', signature: 'gAAA', id: 'rs_1' }],
    ['a redacted block', { type: 'reasoning', text: 'hm', redacted: 'gAAA', id: 'rs_1' }],
  ])('of this API come home from %s', (_, part) => {
    expect(input(message('assistant', [part]))).toEqual([
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'hm' }],
        encrypted_content: 'gAAA',
      },
    ]);
  });

  test.each<[string, Part]>([
    ['unsigned', { type: 'reasoning', text: 'hm' }],
    ['empty', { type: 'reasoning', text: '' }],
  ])('%s stay behind, and that is said', (_, part) => {
    const { written, losses } = write({
      messages: [message('assistant', [part, { type: 'text', text: 'so' }])],
    });
    expect(written.input).toEqual([{ role: 'assistant', content: 'so' }]);
    expect(losses).toEqual(['messages.reasoning']);
  });

  test.each<[Call['reasoning'] & object, unknown, string[]]>([
    [{ effort: 'high' }, { effort: 'high' }, []],
    [{ effort: 'none' }, { effort: 'none' }, []],
    [
      { mode: 'enabled', budgetTokens: 1024 },
      { effort: 'low', summary: 'auto' },
      ['reasoning budget as a number'],
    ],
    [
      { mode: 'enabled', budgetTokens: 9000, show: false },
      { effort: 'medium' },
      ['reasoning budget as a number'],
    ],
    [{ budgetTokens: 60_000 }, { effort: 'high' }, ['reasoning budget as a number']],
    [{ budgetTokens: -1 }, {}, []],
    [{ mode: 'adaptive', effort: 'max' }, { effort: 'max', summary: 'auto' }, []],
    [{ mode: 'disabled' }, undefined, ['reasoning turned off']],
    [{ budgetTokens: 0 }, undefined, ['reasoning turned off']],
  ])('%j is asked for as %j', (reasoning, expected, expectedLosses) => {
    const { written, losses } = write({ reasoning });
    expect(written.reasoning).toEqual(expected as never);
    expect(losses).toEqual(expectedLosses);
    const isOn = expected !== undefined && reasoning.effort !== 'none';
    expect(written.include).toEqual((isOn ? ['reasoning.encrypted_content'] : undefined) as never);
  });
});

describe('tools', () => {
  test('a function is loose unless it said strict', () => {
    const { written } = write({
      tools: [
        { type: 'function', name: 'f' },
        { type: 'function', name: 'g', parameters: { type: 'object' }, strict: true, description: 'd' },
        {
          type: 'custom',
          name: 'p',
          format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
        },
        { type: 'other', carry: { dialect: 'anthropic-messages', fields: { value: { type: 'bash' } } } },
      ],
      toolChoice: { type: 'named', name: 'p' },
      parallelToolCalls: false,
    });
    expect(written).toMatchObject({
      tools: [
        { type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false },
        { type: 'function', name: 'g', parameters: { type: 'object' }, strict: true, description: 'd' },
        {
          type: 'custom',
          name: 'p',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
        },
      ],
      tool_choice: { type: 'custom', name: 'p' },
      parallel_tool_calls: false,
    });
  });

  test('no word about tools that did not cross', () => {
    const { written } = write({
      tools: [{ type: 'other', carry: carryOf('anthropic-messages') }],
      toolChoice: { type: 'required' },
      parallelToolCalls: true,
    });
    expect(written).toEqual({ model: 'gpt', store: false, input: [{ role: 'user', content: 'hi' }] });
  });
});

describe('the shape of the answer', () => {
  test.each<[NonNullable<Call['responseFormat']>, unknown]>([
    [
      { type: 'json-schema', schema: { type: 'object' } },
      { type: 'json_schema', name: 'reply', schema: { type: 'object' } },
    ],
    [
      { type: 'json-schema', schema: { type: 'object' }, name: 'a b', strict: true },
      { type: 'json_schema', name: 'a_b', schema: { type: 'object' }, strict: true },
    ],
    // JSON mode wants the word in the input.
    [{ type: 'json' }, { type: 'json_schema', name: 'reply', schema: { type: 'object' }, strict: false }],
    [{ type: 'text' }, { type: 'text' }],
  ])('%j', (responseFormat, format) => {
    expect(write({ responseFormat }).written.text).toEqual({ format } as never);
  });

  test('JSON mode where the input speaks of JSON', () => {
    const { written } = write({ responseFormat: { type: 'json' }, messages: [says('user', 'as JSON')] });
    expect(written.text).toEqual({ format: { type: 'json_object' } });
  });
});

test('what has no word is named, and one token is as few as the API gives', () => {
  const { written, losses } = write({
    sampling: {
      topK: 1,
      seed: 1,
      frequencyPenalty: 1,
      presencePenalty: 1,
      temperature: 0.5,
      topP: 0.1,
      logprobs: true,
      topLogprobs: 2,
    },
    stop: ['a'],
    maxOutputTokens: 1,
    endUser: 'u',
    metadata: { a: 'b', [`long${'x'.repeat(64)}`]: 'c' },
    stream: true,
  });
  expect(written).toMatchObject({
    temperature: 0.5,
    top_p: 0.1,
    top_logprobs: 2,
    include: ['message.output_text.logprobs'],
    max_output_tokens: 16,
    user: 'u',
    metadata: { a: 'b' },
    stream: true,
  });
  expect([...losses].sort()).toEqual(
    [
      'frequency_penalty',
      'max_tokens below 16',
      'metadata',
      'presence_penalty',
      'seed',
      'stop',
      'top_k',
    ].sort(),
  );
  expect(written.stream_options).toBeUndefined();
});

describe('media', () => {
  const user = (part: Part) => input(message('user', [part])) as { content: JsonObject[] }[];

  test.each<[string, Part, JsonObject]>([
    [
      'an image by its address',
      { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a/b.png' } },
      { type: 'input_image', detail: 'auto', image_url: 'https://a/b.png' },
    ],
    [
      'a document',
      {
        type: 'media',
        kind: 'document',
        source: { type: 'base64', mediaType: 'application/pdf', data: 'AA==' },
      },
      { type: 'input_file', filename: 'document.pdf', file_data: 'data:application/pdf;base64,AA==' },
    ],
    [
      'a document by its address',
      { type: 'media', kind: 'document', source: { type: 'url', url: 'https://a/b.pdf' }, name: 'b.pdf' },
      { type: 'input_file', filename: 'b.pdf', file_url: 'https://a/b.pdf' },
    ],
    [
      'a document that is a text',
      { type: 'media', kind: 'document', source: { type: 'text', text: 'é' } },
      { type: 'input_file', filename: 'document.txt', file_data: 'data:text/plain;base64,w6k=' },
    ],
  ])('%s', (_, part, expected) => {
    expect(user(part)[0]?.content).toEqual([expected]);
  });

  test.each<[string, Part]>([
    ['audio', { type: 'media', kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: '' } }],
    ['video', { type: 'media', kind: 'video', source: { type: 'url', url: 'gs://a' } }],
    ['a file of another provider', { type: 'media', kind: 'image', source: { type: 'file', id: 'file_1' } }],
  ])('%s is refused', (_, part) => {
    expect(() => user(part)).toThrow(GatewayError);
  });

  test("a file is known where the client's API is OpenAI's as well", () => {
    const part: Part = { type: 'media', kind: 'document', source: { type: 'file', id: 'file-1' } };
    const { written } = write({ messages: [message('user', [part])] }, 'openai-chat');
    expect(written.input).toEqual([{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }]);
  });

  test('a picture the model made cannot be given back, and that is said', () => {
    const part: Part = { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a' } };
    expect(write({ messages: [message('assistant', [part])] }).losses).toEqual(['messages.content.image']);
  });
});

test('several replies are refused by name', () => {
  expect(() => write({ sampling: { choices: 2 } })).toThrow(
    expect.objectContaining({ code: 'unsupported_value', param: 'n' }),
  );
});
