/** A conversation from another API, in the order and the letters Anthropic takes. */
import { describe, expect, test } from 'bun:test';
import type { Message } from '../../../src/core/call.ts';
import type { Part } from '../../../src/core/part.ts';
import { asked, callOf, message } from './call.ts';

function call(id: string, args = '{"a":1}'): Part {
  return { type: 'tool-call', id, name: 'n', arguments: args };
}

function result(id: string, ...parts: (string | Part)[]): Message {
  return message('tool', {
    type: 'tool-result',
    toolCallId: id,
    parts: message('tool', ...parts).parts,
    plainText: true,
  });
}

const use = (id: string) => ({ type: 'tool_use', id, name: 'n', input: { a: 1 } });
const told = (id: string, content: string) => ({ type: 'tool_result', tool_use_id: id, content });
const png: Part = {
  type: 'media',
  kind: 'image',
  source: { type: 'base64', mediaType: 'image/jpg', data: 'AA==' },
};
const pngBlock = { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AA==' } };

test.each<[string, Message[], unknown, unknown]>([
  [
    'leading prompts go to the top',
    [message('system', 'A'), message('developer', 'B'), message('user', 'Hi')],
    [
      { type: 'text', text: 'A' },
      { type: 'text', text: 'B' },
    ],
    [{ role: 'user', content: 'Hi' }],
  ],
  [
    'one prompt is a plain text',
    [message('system', 'A'), message('user', 'Hi')],
    'A',
    [{ role: 'user', content: 'Hi' }],
  ],
  [
    'a prompt in the middle is folded into the user turn',
    [message('user', 'Hi'), message('system', 'Now in French.'), message('user', 'More')],
    undefined,
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'text', text: '<system>\nNow in French.\n</system>' },
          { type: 'text', text: 'More' },
        ],
      },
    ],
  ],
  [
    'a prompt that stands apart goes to the top wherever it is',
    [message('user', 'Hi'), { ...message('system', 'A'), apart: true }],
    'A',
    [{ role: 'user', content: 'Hi' }],
  ],
  [
    'a prompt alone is what is answered',
    [message('system', 'A')],
    undefined,
    [{ role: 'user', content: 'A' }],
  ],
  [
    'results of parallel calls come in one turn, before all else',
    [
      message('user', 'Hi'),
      message('assistant', 'Wait.', call('a'), call('b')),
      result('a', 'one'),
      message('user', 'Hurry'),
      result('b', 'two'),
    ],
    undefined,
    [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [{ type: 'text', text: 'Wait.' }, use('a'), use('b')] },
      { role: 'user', content: [told('a', 'one'), told('b', 'two'), { type: 'text', text: 'Hurry' }] },
    ],
  ],
  [
    'an image in a result stays there',
    [message('assistant', call('a')), result('a', 'see', png)],
    undefined,
    [
      { role: 'assistant', content: [use('a')] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'see' }, pngBlock] },
        ],
      },
    ],
  ],
  [
    'neighbours of one role are one turn, blank texts are none',
    [message('user', 'A', ' \n'), message('assistant', ''), message('user', 'B')],
    undefined,
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'A' },
          { type: 'text', text: 'B' },
        ],
      },
    ],
  ],
  [
    'a last assistant message loses its trailing white space',
    [message('user', 'Hi'), message('assistant', 'So \n')],
    undefined,
    [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'So' },
    ],
  ],
  [
    'thinking comes first, with its signature',
    [
      message('user', 'Hi'),
      message('assistant', 'Text', { type: 'reasoning', text: '', signature: 'RXM=' }, call('a')),
      result('a'),
    ],
    undefined,
    [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: '', signature: 'RXM=' },
          { type: 'text', text: 'Text' },
          use('a'),
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a' }] },
    ],
  ],
])('%s', (_what, messages, system, written) => {
  const { written: body } = asked(callOf({ messages }));
  expect({ system: body.system, messages: body.messages }).toEqual({ system, messages: written } as never);
});

test('ids keep to the letters, in pairs, the same each time', () => {
  const messages = [
    message('assistant', call('call:1/ü'), call('ok_1-A')),
    result('call:1/ü', 'x'),
    result('ok_1-A', 'y'),
  ];
  const body = JSON.stringify(asked(callOf({ messages })).written);
  const ids = [...body.matchAll(/"(?:id|tool_use_id)":"([^"]*)"/g)].map(([, id]) => id ?? '');
  expect(ids).toHaveLength(4);
  for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
  expect([ids[0], ids[1]]).toEqual([ids[2], ids[3]]);
  expect(ids[1]).toBe('ok_1-A');
  expect(JSON.stringify(asked(callOf({ messages })).written)).toBe(body);
});

test('the mark of a blank text moves to the block before it', () => {
  const messages = [message('user', 'Long', { type: 'text', text: '', cache: { ttl: '1h' } })];
  expect(asked(callOf({ messages })).written.messages).toEqual([
    {
      role: 'user',
      content: [{ type: 'text', text: 'Long', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    },
  ]);
});

test.each<[string, Part, readonly string[]]>([
  ['reasoning without proof', { type: 'reasoning', text: 'Hm' }, ['messages.reasoning']],
  ['a call cut short', call('a', '{"a":"b'), ['messages.tool_calls.arguments']],
])('%s is named as lost', (_what, part, losses) => {
  expect(asked(callOf({ messages: [message('user', 'Hi'), message('assistant', part)] })).losses).toEqual(
    losses,
  );
});

describe('what a model could not see is refused', () => {
  test.each<[string, Part]>([
    ['audio', { type: 'media', kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: '' } }],
    ['video', { type: 'media', kind: 'video', source: { type: 'url', url: 'https://a/b.mp4' } }],
    [
      'an address of another cloud',
      { type: 'media', kind: 'image', source: { type: 'url', url: 'gs://a/b' } },
    ],
    [
      'a word processor’s document',
      {
        type: 'media',
        kind: 'document',
        source: { type: 'base64', mediaType: 'application/msword', data: '' },
      },
    ],
  ])('%s', (_what, part) => {
    expect(() => asked(callOf({ messages: [message('user', 'Look', part)] }))).toThrow(
      expect.objectContaining({ code: 'unsupported_value', param: 'messages' }),
    );
  });
});

test('a text document in base64 is given as its text', () => {
  const data = Buffer.from('grüß').toString('base64');
  const source = { type: 'base64', mediaType: 'text/plain; charset=utf-8', data } as const;
  const messages = [message('user', { type: 'media', kind: 'document', source, name: 'a.txt' })];
  expect(asked(callOf({ messages })).written.messages).toEqual([
    {
      role: 'user',
      content: [
        {
          type: 'document',
          source: { type: 'text', media_type: 'text/plain', data: 'grüß' },
          title: 'a.txt',
        },
      ],
    },
  ]);
});
