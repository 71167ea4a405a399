/** Conversations of other dialects become messages OpenAI Chat takes, and nothing a model should see is lost. */
import { describe, expect, test } from 'bun:test';
import type { Message } from '../../../src/core/call.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { MediaPart, Part, ToolCallPart, ToolResultPart } from '../../../src/core/part.ts';
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts';
import { writeForeignMessages } from '../../../src/dialects/openai-chat/foreign-messages.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { asJson, crossRequest } from '../../support/trips.ts';

const carry = { dialect: 'anthropic-messages', fields: {} } as const;
const text = (said: string): Part => ({ type: 'text', text: said });
const image: MediaPart = {
  type: 'media',
  kind: 'image',
  source: { type: 'base64', mediaType: 'image/png', data: 'AA==' },
};
const imageUrl = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
const call = (id: string, more: Partial<ToolCallPart> = {}): ToolCallPart => ({
  type: 'tool-call',
  id,
  name: 'f',
  arguments: '{"a":1}',
  ...more,
});
const result = (id: string, parts: Part[], more: Partial<ToolResultPart> = {}): ToolResultPart => ({
  type: 'tool-result',
  toolCallId: id,
  parts,
  plainText: false,
  ...more,
});
const message = (role: Message['role'], parts: readonly Part[], more: Partial<Message> = {}): Message => ({
  role,
  parts,
  plainText: false,
  carry,
  ...more,
});
const written = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } });

function write(messages: readonly Message[]): { messages: JsonObject[]; losses: readonly string[] } {
  const losses = new Losses();
  return { messages: asJson(writeForeignMessages(messages, losses)), losses: losses.list() };
}

const shown = 'media of a tool result (shown in a user message)';

/** What it is about, the messages, what is written, and what is named as lost or said otherwise. */
const conversations: [string, Message[], JsonObject[], string[]?][] = [
  [
    'system prompts, apart or not, stay where they are',
    [
      message('system', [text('a')], { apart: true }),
      message('user', [text('b')]),
      message('system', [text('c'), text('d')]),
      message('developer', [text('e')]),
    ],
    [
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
      {
        role: 'system',
        content: [
          { type: 'text', text: 'c' },
          { type: 'text', text: 'd' },
        ],
      },
      { role: 'developer', content: 'e' },
    ],
  ],
  [
    'the results of parallel calls follow the turn that called, the rest after them',
    [
      message('assistant', [text('so'), call('a'), call('b')]),
      message('user', [text('and?'), result('a', [text('1')]), result('b', [text('2'), text('3')])]),
    ],
    [
      { role: 'assistant', content: 'so', tool_calls: [written('a'), written('b')] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      {
        role: 'tool',
        tool_call_id: 'b',
        content: [
          { type: 'text', text: '2' },
          { type: 'text', text: '3' },
        ],
      },
      { role: 'user', content: 'and?' },
    ],
  ],
  [
    'an image in a result follows in the next user message, never between results',
    [
      message('assistant', [call('a'), call('b')]),
      message('tool', [result('a', [image])]),
      message('tool', [result('b', [text('2')])]),
      message('user', [text('which?')]),
    ],
    [
      { role: 'assistant', content: null, tool_calls: [written('a'), written('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'The result follows in the next user message.' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of tool call a:' },
          imageUrl,
          { type: 'text', text: 'which?' },
        ],
      },
    ],
    [shown],
  ],
  [
    'an image in the last result makes a message of its own',
    [message('assistant', [call('a')]), message('user', [result('a', [text('see'), image])])],
    [
      { role: 'assistant', content: null, tool_calls: [written('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'see' },
      { role: 'user', content: [{ type: 'text', text: 'From the result of tool call a:' }, imageUrl] },
    ],
    [shown],
  ],
  [
    'an image before the next turn of the assistant comes before it',
    [
      message('assistant', [call('a')]),
      message('user', [result('a', [image])]),
      message('assistant', [text('ok')]),
    ],
    [
      { role: 'assistant', content: null, tool_calls: [written('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'The result follows in the next user message.' },
      { role: 'user', content: [{ type: 'text', text: 'From the result of tool call a:' }, imageUrl] },
      { role: 'assistant', content: 'ok' },
    ],
    [shown],
  ],
  [
    'an image the model made is shown to it',
    [message('assistant', [text('here'), image]), message('user', [text('bluer')])],
    [
      { role: 'assistant', content: 'here' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Made by the assistant:' },
          imageUrl,
          { type: 'text', text: 'bluer' },
        ],
      },
    ],
    ['media of the assistant (shown in a user message)'],
  ],
  [
    'a failed call says so, once',
    [
      message('tool', [result('a', [text('no such file')], { isError: true })]),
      message('tool', [result('b', [text('Error: twice')], { isError: true })]),
      message('tool', [result('c', [], { isError: true })]),
      message('tool', [result('d', [])]),
    ],
    [
      { role: 'tool', tool_call_id: 'a', content: 'Error: no such file' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: twice' },
      { role: 'tool', tool_call_id: 'c', content: 'Error: the tool failed.' },
      { role: 'tool', tool_call_id: 'd', content: '' },
    ],
    ['is_error of a tool result (said in its text)'],
  ],
  [
    'calls of every kind',
    [
      message('assistant', [
        call('a', { arguments: '' }),
        call('b', { arguments: '{"cut' }),
        call('c', { kind: 'custom', arguments: 'x y' }),
        call('d', { signature: 'S' }),
      ]),
    ],
    [
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'f', arguments: '{"cut' } },
          { id: 'c', type: 'custom', custom: { name: 'f', input: 'x y' } },
          { ...written('d'), extra_content: { google: { thought_signature: 'S' } } },
        ],
      },
    ],
  ],
  [
    'a refusal and a name',
    [
      message('user', [text('x'), text('')], { name: 'ann' }),
      message('assistant', [{ type: 'refusal', text: 'no' }]),
    ],
    [
      { role: 'user', content: 'x', name: 'ann' },
      { role: 'assistant', content: null, refusal: 'no' },
    ],
  ],
  [
    'messages that say nothing',
    [message('user', []), message('assistant', []), message('system', [])],
    [
      { role: 'user', content: '' },
      { role: 'assistant', content: '' },
    ],
  ],
];

test.each(conversations)('%s', (_what, messages, expected, losses = []) => {
  expect(write(messages)).toEqual({ messages: expected, losses });
});

describe('reasoning', () => {
  const thought = message('assistant', [
    { type: 'reasoning', text: 'hm' },
    { type: 'reasoning', text: 'so', signature: 'S' },
    { type: 'reasoning', text: '', redacted: 'R' },
    call('a'),
  ]);

  test('of the running turn goes back as servers give it out, signatures to the byte', () => {
    const { messages, losses } = write([
      message('user', [text('x')]),
      thought,
      message('user', [result('a', [text('1')])]),
    ]);
    expect(messages[1]).toMatchObject({
      reasoning_content: 'hmso',
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', index: 0 },
        { type: 'reasoning.text', text: 'so', signature: 'S', index: 1 },
        { type: 'reasoning.encrypted', data: 'R', index: 2 },
      ],
    });
    expect(losses).toEqual([]);
  });

  test('of earlier turns is left out, and said', () => {
    const signed = message('assistant', [call('b', { signature: 'S' })]);
    const { messages, losses } = write([thought, signed, message('user', [text('next')])]);
    expect(messages.slice(0, 2)).toEqual([
      { role: 'assistant', content: null, tool_calls: [written('a')] },
      { role: 'assistant', content: null, tool_calls: [written('b')] },
    ]);
    expect(losses).toEqual(['reasoning of earlier turns']);
  });
});

test('long ids are exchanged in pairs', () => {
  const long = `call_${'x'.repeat(100)}`;
  const { messages } = write([message('assistant', [call(long)]), message('tool', [result(long, [image])])]);
  const [{ tool_calls }, { tool_call_id }, shown] = messages as [JsonObject, JsonObject, JsonObject];
  expect(tool_calls).toEqual([written(String(tool_call_id))] as never);
  expect(String(tool_call_id).length).toBeLessThanOrEqual(64);
  expect(JSON.stringify(shown)).toContain(`tool call ${tool_call_id}`);
});

test.each([
  [message('user', [{ type: 'text', text: 'x', cache: {} }]), 'cache_control'],
  [message('user', [result('a', [{ type: 'text', text: 'x', cache: {} }])]), 'cache_control'],
  [message('system', [text('x'), image]), 'system message media'],
  [message('other', []), 'messages.role'],
])('what has no word here is named: %#', (lossy, named) => {
  expect(write([lossy]).losses).toEqual([named]);
});

const media = (kind: MediaPart['kind'], source: MediaPart['source'], name?: string): MediaPart => ({
  type: 'media',
  kind,
  source,
  ...(name !== undefined && { name }),
});
const base64 = (mediaType: string, data = 'AA==') => ({ type: 'base64', mediaType, data }) as const;

test.each([
  [
    media('image', { type: 'url', url: 'https://x/y' }),
    { type: 'image_url', image_url: { url: 'https://x/y' } },
  ],
  [
    media('audio', base64('audio/mpeg')),
    { type: 'input_audio', input_audio: { data: 'AA==', format: 'mp3' } },
  ],
  [
    media('audio', base64('audio/x-wav')),
    { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
  ],
  [
    media('document', base64('application/pdf'), 'a.pdf'),
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
  ],
  [
    media('document', base64('application/pdf')),
    { type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,AA==' } },
  ],
  [media('document', base64('text/plain', 'aMOp'), 'a.txt'), { type: 'text', text: 'a.txt:\n\nhé' }],
  [media('document', { type: 'text', text: 'plain' }), { type: 'text', text: 'plain' }],
  [media('image', { type: 'file', id: 'file-1' }), { type: 'file', file: { file_id: 'file-1' } }],
] as [MediaPart, JsonObject][])('media become content parts: %#', (part, expected) => {
  const [first] = write([message('user', [part, text('?')])]).messages;
  expect(first).toEqual({ role: 'user', content: [expected, { type: 'text', text: '?' }] });
});

test.each([
  media('video', base64('video/mp4')),
  media('audio', { type: 'url', url: 'https://x/y.mp3' }),
  media('document', { type: 'url', url: 'https://x/y.pdf' }),
])('media without a form are refused: $kind', (part) => {
  const refused = expect.objectContaining({ code: 'unsupported_value', param: 'messages' });
  expect(() => write([message('user', [part])])).toThrow(refused);
  expect(() => write([message('tool', [result('a', [part])])])).toThrow(refused);
});

test('a checksum that changes with every call does not reach the prompt', () => {
  const system = ['x-anthropic-billing-header: cc_version=2; cch=1f;', 'be brief'];
  const { written } = crossRequest(anthropicMessages, openaiChat, {
    model: 'm',
    max_tokens: 5,
    system: system.map((said) => ({ type: 'text', text: said })),
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(written.messages).toEqual([
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'hi' },
  ]);
});
