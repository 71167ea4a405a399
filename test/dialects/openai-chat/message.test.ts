/** Messages survive reading and writing, odd ones included, and are read for what they are. */
import { describe, expect, test } from 'bun:test';
import type { JsonValue } from '../../../src/core/json.ts';
import { readMessage, writeMessage } from '../../../src/dialects/openai-chat/message.ts';

const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };

const shapes: [string, JsonValue][] = [
  ['plain text', { role: 'user', content: 'hello' }],
  ['empty text', { role: 'user', content: '' }],
  ['keys in another order', { content: 'hello', name: 'ann', role: 'user' }],
  ['no content at all', { role: 'assistant' }],
  ['null content', { role: 'assistant', content: null }],
  ['an empty list', { role: 'user', content: [] }],
  ['a list of one text', { role: 'user', content: [{ type: 'text', text: 'hello' }] }],
  [
    'a text part with more in it',
    { role: 'system', content: [{ text: 'x', cache_control: { type: 'ephemeral' }, type: 'text' }] },
  ],
  [
    'an image with a detail',
    { role: 'user', content: [{ type: 'image_url', image_url: { detail: 'low', url: 'https://x/y.png' } }] },
  ],
  [
    'an image as a bare string',
    { role: 'user', content: [{ type: 'image_url', image_url: 'https://x/y.png' }] },
  ],
  [
    'audio',
    { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }] },
  ],
  [
    'a file between texts',
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'file', file: {} },
      ],
    },
  ],
  ['parts that are no objects', { role: 'user', content: ['a', 1, null, ['b']] }],
  ['a text part without text', { role: 'user', content: [{ type: 'text' }, { type: 'text', text: 5 }] }],
  ['a part of no type', { role: 'user', content: [{ text: 'x' }] }],
  ['a refusal part', { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] }],
  ['a refusal field', { role: 'assistant', content: null, refusal: 'no' }],
  ['a tool call', { role: 'assistant', content: null, tool_calls: [call] }],
  [
    'a tool call beside text',
    { role: 'assistant', content: 'so', tool_calls: [call, { ...call, id: 'call_2' }] },
  ],
  ['a tool call with an index', { role: 'assistant', tool_calls: [{ index: 0, ...call }] }],
  ['no tool calls', { role: 'assistant', content: 'x', tool_calls: [] }],
  ['tool calls that are null', { role: 'assistant', content: 'x', tool_calls: null }],
  [
    'arguments cut short',
    { role: 'assistant', tool_calls: [{ ...call, function: { name: 'f', arguments: '{"a' } }] },
  ],
  [
    'a custom tool among functions',
    { role: 'assistant', tool_calls: [call, { id: 'c', type: 'custom', custom: { name: 'g', input: 'i' } }] },
  ],
  [
    'a tool call without arguments',
    { role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'f' } }] },
  ],
  ['a tool answer', { role: 'tool', tool_call_id: 'call_1', content: '42' }],
  [
    'a tool answer in parts',
    { role: 'tool', content: [{ type: 'text', text: '4' }], tool_call_id: 'call_1' },
  ],
  ['reasoning', { role: 'assistant', reasoning_content: 'hm', content: 'x' }],
  ['reasoning spelled otherwise', { role: 'assistant', content: 'x', reasoning: 'hm' }],
  [
    'reasoning in both spellings',
    { role: 'assistant', content: 'x', reasoning: 'a', reasoning_content: 'b' },
  ],
  ['a role nobody knows', { role: 'function', name: 'f', content: '1' }],
  ['a role that is no text', { role: 5, content: 'x' }],
  ['no role', { content: 'x' }],
  ['names that are no texts', { role: 'user', name: 5, tool_call_id: null, content: 'x' }],
  ['fields nobody knows', { role: 'user', content: 'x', x_vendor: { a: [1, { b: null }] }, weight: 0 }],
  [
    'a field named __proto__',
    JSON.parse('{"role":"user","content":"x","__proto__":{"role":"system"}}') as JsonValue,
  ],
];

test.each(shapes)('%s', (_what, raw) => {
  const before = JSON.stringify(raw);
  const written = writeMessage(readMessage(raw, 0));
  expect(JSON.parse(JSON.stringify(written))).toEqual(JSON.parse(before));
  expect(JSON.stringify(raw)).toBe(before);
});

describe('is read for what it is', () => {
  test('text, image and tool calls become parts', () => {
    const message = readMessage(
      {
        role: 'assistant',
        reasoning_content: 'hm',
        content: [
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: 'u' } },
        ],
        tool_calls: [call],
      },
      0,
    );
    expect(message.parts.map((part) => part.type)).toEqual(['reasoning', 'text', 'media', 'tool-call']);
    expect(message.parts.at(-1)).toMatchObject({ id: 'call_1', name: 'f', arguments: '{"a":1}' });
    expect(message.plainText).toBe(false);
  });

  test('changed text is written in the old seat', () => {
    const message = readMessage({ role: 'user', x: 1, content: 'old', name: 'n' }, 0);
    const changed = { ...message, parts: [{ type: 'text' as const, text: 'new' }] };
    expect(JSON.stringify(writeMessage(changed))).toBe('{"role":"user","x":1,"content":"new","name":"n"}');
  });

  test('a carry of another dialect is left out', () => {
    const carry = { dialect: 'openai-completions' as const, fields: { foreign: 1 } };
    const parts = [{ type: 'text' as const, text: 'x', carry }];
    expect(writeMessage({ role: 'user', parts, plainText: false, carry })).toEqual({
      role: 'user',
      content: [{ type: 'text', text: 'x' }],
    });
  });
});

test.each([
  ['hello', 'messages[3]'],
  [null, 'messages[3]'],
  [['x'], 'messages[3]'],
  [{ role: 'user', content: 5 }, 'messages[3].content'],
  [{ role: 'user', content: { text: 'x' } }, 'messages[3].content'],
  [{ role: 'user', content: true }, 'messages[3].content'],
] as [JsonValue, string][])('%j is refused, naming %s', (raw, param) => {
  expect(() => readMessage(raw, 3)).toThrow(expect.objectContaining({ code: 'invalid_type', param }));
});
