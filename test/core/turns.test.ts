/** Items of one turn become one message; nothing else moves. */
import { expect, test } from 'bun:test';
import type { Message, Role } from '../../src/core/call.ts';
import type { Part } from '../../src/core/part.ts';
import { mergeTurns } from '../../src/core/turns.ts';

const carry = { dialect: 'openai-responses', fields: {} } as const;

function message(role: Role, parts: readonly Part[], more: Partial<Message> = {}): Message {
  return { role, parts, plainText: true, carry, ...more };
}

function text(said: string): Part {
  return { type: 'text', text: said };
}

function shape(messages: readonly Message[]): string[] {
  return messages.map(
    ({ role, parts, plainText }) =>
      `${role}${plainText ? '!' : ''} ${parts.map((part) => ('text' in part ? part.text : part.type)).join(',')}`,
  );
}

const call: Part = { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' };
const result: Part = { type: 'tool-result', toolCallId: 'c', parts: [], plainText: true };
const other: Part = { type: 'other', carry };

test.each<[string, Message[], string[]]>([
  ['nothing', [], []],
  ['one message stays as it is', [message('user', [text('a')])], ['user! a']],
  [
    'a turn of thought, call and text',
    [message('assistant', [text('t')]), message('assistant', [call]), message('assistant', [text('b')])],
    ['assistant t,tool-call,b'],
  ],
  [
    'results of parallel calls',
    [message('tool', [result]), message('tool', [result]), message('user', [text('a')])],
    ['tool tool-result,tool-result', 'user! a'],
  ],
  [
    'system prompts keep their places',
    [message('system', [text('a')]), message('system', [text('b')])],
    ['system! a', 'system! b'],
  ],
  [
    'speakers with names stay apart',
    [message('user', [text('a')], { name: 'x' }), message('user', [text('b')], { name: 'y' })],
    ['user! a', 'user! b'],
  ],
  [
    'what no other dialect can write does not part a turn',
    [message('assistant', [text('a')]), message('other', [other]), message('assistant', [text('b')])],
    ['assistant a,b'],
  ],
  ['an empty message is still a message', [message('user', [])], ['user! ']],
])('%s', (_, messages, expected) => {
  expect(shape(mergeTurns(messages))).toEqual(expected);
});

test('roles can be left out', () => {
  const results = [message('tool', [result]), message('tool', [result])];
  expect(mergeTurns(results, new Set(['assistant']))).toEqual(results);
});

test('the messages given are not changed', () => {
  const messages = [message('user', [text('a')]), message('user', [text('b')])];
  const before = structuredClone(messages);
  mergeTurns(messages);
  expect(messages).toEqual(before);
});
