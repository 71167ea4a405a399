/** Proofs in a call on its way to a target: home, or nowhere. */
import { describe, expect, test } from 'bun:test';
import type { Call, Message } from '../../src/core/call.ts';
import { openSeals, type SealRules } from '../../src/core/call-seals.ts';
import { Losses } from '../../src/core/losses.ts';
import type { Part } from '../../src/core/part.ts';
import { type Proof, seal, sealMark } from '../../src/core/signature-seal.ts';

const carry = { dialect: 'anthropic-messages', fields: {} } as const;
const rules: SealRules = {
  target: 'gemini',
  unsealed: { reasoning: 'claude', call: 'claude' },
  dropsThoughts: false,
};
const assistant = (...parts: Part[]): Message => ({ role: 'assistant', parts, plainText: false, carry });
const call = (id: string, signature?: string): Part => ({
  type: 'tool-call',
  id,
  name: 'f',
  arguments: '{}',
  ...(signature !== undefined && { signature }),
});
const thought = (text: string, more: object = {}): Part => ({ type: 'reasoning', text, ...more });
const proof = (kind: Proof['kind'], data: string, id?: string, origin = 'gemini') =>
  seal({ origin, kind, data, ...(id !== undefined && { id }) });

function opened(messages: readonly Message[], more: Partial<SealRules> = {}) {
  const losses = new Losses();
  const read: Call = { model: 'm', stream: false, messages, sampling: {}, carry };
  const call = openSeals(read, { ...rules, ...more }, losses);
  return { parts: call.messages.map(({ parts }) => parts), losses: losses.list() };
}

const reasoningLoss = "proof of another model's reasoning";
const callLoss = "signature of another model's tool call";

describe('reasoning', () => {
  test.each<[string, Part, Part[], string[]]>([
    [
      'of the target',
      thought('a', { signature: proof('signature', 's') }),
      [thought('a', { signature: 's' })],
      [],
    ],
    [
      'of the target, with its id',
      thought('a', { signature: proof('signature', 's', 'rs') }),
      [thought('a', { signature: 's', id: 'rs' })],
      [],
    ],
    [
      'that an API gave back as another kind',
      thought('', { redacted: proof('signature', 's') }),
      [thought('', { signature: 's' })],
      [],
    ],
    ['without proof', thought('a'), [thought('a')], []],
    ['with an empty one', thought('a', { signature: '' }), [thought('a', { signature: '' })], []],
    [
      'of another model',
      thought('a', { signature: proof('signature', 's', undefined, 'claude') }),
      [thought('a')],
      [reasoningLoss],
    ],
    ["of the client's own", thought('a', { signature: 'raw' }), [thought('a')], [reasoningLoss]],
    ['under a broken seal', thought('a', { signature: `${sealMark}xx` }), [thought('a')], [reasoningLoss]],
  ])('%s', (_, part, parts, losses) => {
    expect(opened([assistant(part)])).toEqual({ parts: [parts], losses });
  });

  test('in pieces is one, in whatever messages they stand', () => {
    const pieces = [thought('a'), thought('b'), thought('', { signature: proof('signature', 's') })];
    const whole = [thought('ab', { signature: 's' })];
    expect(opened([assistant(...pieces)])).toEqual({ parts: [whole], losses: [] });
    expect(opened(pieces.map((piece) => assistant(piece)))).toEqual({ parts: [whole], losses: [] });
    const behind = [thought('x', { signature: proof('signature', 't') }), ...pieces];
    expect(opened([assistant(...behind)]).parts).toEqual([[thought('x', { signature: 't' }), ...whole]]);
  });

  test.each([
    ['as it was', 'ab', [thought('ab', { signature: 's' })], []],
    ['changed', 'ab ', [thought('ab ')], ['proof of reasoning whose text came back changed']],
    ['no more', '', [], ['proof of reasoning whose text came back changed']],
  ])('that signs its text, which is %s', (_, text, parts, losses) => {
    const signature = seal({ origin: 'claude', kind: 'signature', data: 's', textLength: 2 });
    const found = opened([assistant(thought(text, { signature }))], { target: 'claude' });
    expect(found).toEqual({ parts: parts.length === 0 ? [] : [parts], losses });
  });

  test('of another model that says nothing goes, and its message with it', () => {
    const redacted = thought('', { redacted: 'raw' });
    expect(opened([assistant(redacted), assistant(call('a'))])).toEqual({
      parts: [[call('a')]],
      losses: [reasoningLoss],
    });
  });

  test("of the client's own stays where the target is of its kind", () => {
    const part = thought('a', { signature: 'raw' });
    expect(opened([assistant(part)], { target: 'claude' })).toEqual({ parts: [[part]], losses: [] });
  });

  test('goes with its text where nothing crosses', () => {
    const left = thought('a', { signature: proof('signature', 's', undefined, 'claude') });
    const { parts } = opened([assistant(left, call('a'))], { dropsThoughts: true });
    expect(parts).toEqual([[call('a')]]);
  });
});

describe('a signature of a call that travelled as a thought’s', () => {
  test.each<[string, Part[], Part[]]>([
    ['an empty one', [thought('', { signature: proof('call', 's', 'a') }), call('a')], [call('a', 's')]],
    [
      'one that says something',
      [thought('x', { signature: proof('call', 's', 'a') }), call('a')],
      [thought('x'), call('a', 's')],
    ],
    [
      'whose call has a new id',
      [thought('', { signature: proof('call', 's', 'a.b') }), call('mapped'), call('c')],
      [call('mapped', 's'), call('c')],
    ],
    [
      'after its call',
      [call('a'), call('b'), thought('', { redacted: proof('call', 's', 'a') })],
      [call('a', 's'), call('b')],
    ],
    [
      'all of them first',
      [
        thought('', { signature: proof('call', 's', 'a') }),
        thought('', { signature: proof('call', 't', 'b') }),
        call('a'),
        call('b'),
      ],
      [call('a', 's'), call('b', 't')],
    ],
  ])('%s', (_, parts, home) => {
    expect(opened([assistant(...parts)])).toEqual({ parts: [home], losses: [] });
    // Some APIs make a message of each.
    expect(opened(parts.map((part) => assistant(part)))).toEqual({ parts: [home], losses: [] });
  });

  test('an id used again in a later turn has the signature that stands before it', () => {
    const turn = (data: string) => [thought('', { signature: proof('call', data, 'a') }), call('a')];
    const user: Message = { ...assistant({ type: 'text', text: 'x' }), role: 'user' };
    expect(opened([assistant(...turn('s')), user, assistant(...turn('t'))]).parts).toEqual([
      [call('a', 's')],
      user.parts as Part[],
      [call('a', 't')],
    ]);
  });

  test('goes nowhere but home', () => {
    const parts = [thought('', { signature: proof('call', 's', 'a') }), call('a')];
    expect(opened([assistant(...parts)], { target: 'claude' })).toEqual({
      parts: [[call('a')]],
      losses: [callLoss],
    });
  });
});

test.each<[string, string, string, string[], string | undefined]>([
  ['sealed, at home', proof('call', 's'), 'gemini', [], 's'],
  ['sealed, elsewhere', proof('call', 's'), 'claude', [callLoss], undefined],
  ['the client’s own, at home', 'raw', 'claude', [], 'raw'],
  ['the client’s own, elsewhere', 'raw', 'gemini', [callLoss], undefined],
  ['a broken seal', sealMark, 'gemini', [callLoss], undefined],
])('a signature on its call: %s', (_, given, target, losses, left) => {
  expect(opened([assistant(call('a', given))], { target })).toEqual({ parts: [[call('a', left)]], losses });
});

test('a call without proofs is as it was', () => {
  const messages = [assistant(), assistant(call('a')), assistant(thought('a'))];
  const read: Call = { model: 'm', stream: false, messages, sampling: {}, carry };
  const { messages: left } = openSeals(read, rules, new Losses());
  for (const [at, message] of left.entries()) expect(message).toBe(messages[at] as Message);
});
