/** Proofs in a reply on its way to a client of another API. */
import { describe, expect, test } from 'bun:test';
import { BlockTracker } from '../../src/core/block-tracker.ts';
import { foldReply } from '../../src/core/fold.ts';
import type { ReplyEvent } from '../../src/core/reply.ts';
import { ReplySeals } from '../../src/core/reply-seals.ts';
import { openSeal } from '../../src/core/signature-seal.ts';

const carry = { dialect: 'gemini', fields: {} } as const;
const thought = (text: string, block?: number): ReplyEvent => ({
  type: 'reasoning-delta',
  choice: 0,
  ...(block !== undefined && { block }),
  text,
});
const signature = (text: string, block?: number): ReplyEvent => ({
  type: 'reasoning-signature',
  choice: 0,
  ...(block !== undefined && { block }),
  signature: text,
});
const call = (index: number, args: string, more: object = {}): ReplyEvent => ({
  type: 'tool-call-delta',
  choice: 0,
  index,
  arguments: args,
  ...more,
});
const begun = (index: number, args: string, more: object = {}) =>
  call(index, args, { id: `id${index}`, name: 'f', ...more });
const finish: ReplyEvent = { type: 'choice-finish', choice: 0, reason: 'stop' };

/** Each event in a frame of its own. */
function sealed(signsCalls: boolean, events: readonly ReplyEvent[]): ReplyEvent[] {
  const seals = new ReplySeals('gemini', signsCalls);
  return [...events.flatMap((event) => seals.frame({ events: [event], carry }).events), ...seals.rest()];
}

function blocksOf(signsCalls: boolean, events: readonly ReplyEvent[]) {
  const [choice] = foldReply([{ events: sealed(signsCalls, events), carry }]).choices;
  return (choice?.blocks ?? []).map((block) => {
    if (block.type === 'reasoning') {
      const proof = openSeal(block.redacted ?? block.signature ?? '');
      return [block.text, ...(proof === undefined ? [] : [proof.kind, proof.data, proof.id])];
    }
    if (block.type !== 'tool-call') return block.type;
    const proof = openSeal(block.signature ?? '');
    return [block.id, block.arguments, ...(proof === undefined ? [] : [proof.kind, proof.data])];
  });
}

test('a signature is sealed whole, however many pieces it comes in', () => {
  const events = [thought('a', 0), signature('x', 0), signature('y', 0), thought('b', 1), finish];
  expect(blocksOf(true, events)).toEqual([['a', 'signature', 'xy', undefined], ['b']]);
});

test('Claude signs the text of a block: its length goes with it', () => {
  const seals = new ReplySeals('claude', false);
  const events = [
    ...[thought('a', 0), thought('bc', 0), signature('x', 0), thought('d', 1), signature('y', 1)],
    ...[signature('z', 2), finish],
  ];
  const told = events.flatMap((event) => seals.frame({ events: [event], carry }).events);
  const lengths = told.map((event) =>
    event.type === 'reasoning-signature' ? openSeal(event.signature)?.textLength : undefined,
  );
  expect(lengths.filter((length) => length !== undefined)).toEqual([3, 1, 0]);
});

test('redacted reasoning is sealed; ids of the origin go with it', () => {
  const redacted: ReplyEvent = { type: 'reasoning-redacted', choice: 0, data: 'r', id: 'rs' };
  expect(blocksOf(true, [redacted, finish])).toEqual([['', 'redacted', 'r', 'rs']]);
});

test('what was held back is told when nothing ends the reply', () => {
  expect(blocksOf(true, [thought('a'), signature('x')])).toEqual([['a', 'signature', 'x', undefined]]);
});

test('a signed call stays signed where the API has a place for it', () => {
  expect(blocksOf(true, [begun(0, '{}', { signature: 's' }), finish])).toEqual([['id0', '{}', 'call', 's']]);
});

describe('where it has none, the signature of a call is that of a thought', () => {
  test.each<[string, ReplyEvent[], unknown[]]>([
    [
      'the one before the call',
      [thought('a', 0), begun(0, '{}', { signature: 's', block: 1 }), finish],
      [
        ['a', 'call', 's', 'id0'],
        ['id0', '{}'],
      ],
    ],
    [
      'an empty one where there is none',
      [begun(0, '{}', { signature: 's' }), finish],
      [
        ['', 'call', 's', 'id0'],
        ['id0', '{}'],
      ],
    ],
    [
      'an empty one behind a text',
      [
        thought('a'),
        { type: 'text-delta', choice: 0, text: 'b' },
        begun(0, '{}', { signature: 's' }),
        finish,
      ],
      [['a'], 'text', ['', 'call', 's', 'id0'], ['id0', '{}']],
    ],
    [
      'an empty one where the thought is signed itself',
      [thought('a'), signature('x'), begun(0, '{}', { signature: 's' }), finish],
      [
        ['a', 'signature', 'x', undefined],
        ['', 'call', 's', 'id0'],
        ['id0', '{}'],
      ],
    ],
    [
      'one for each of parallel calls',
      [begun(0, '{}', { signature: 's' }), begun(1, '{}', { signature: 't' }), finish],
      [
        ['', 'call', 's', 'id0'],
        ['id0', '{}'],
        ['', 'call', 't', 'id1'],
        ['id1', '{}'],
      ],
    ],
    [
      'after the calls where it would cut one in two',
      [begun(0, '{'), begun(1, '{}', { signature: 't' }), call(0, '}', { signature: 's' }), finish],
      [
        ['id0', '{}'],
        ['id1', '{}'],
        ['', 'call', 't', 'id1'],
        ['', 'call', 's', 'id0'],
      ],
    ],
    [
      'an empty piece of text is nothing',
      [thought('a'), { type: 'text-delta', choice: 0, text: '' }],
      [['a'], 'text'],
    ],
  ])('%s', (_, events, blocks) => {
    expect(blocksOf(false, events)).toEqual(blocks as never);
  });

  test('in a stream it comes while the thought is open', () => {
    const tracker = new BlockTracker();
    const events = sealed(false, [thought('a', 0), begun(0, '{}', { signature: 's', block: 1 })]);
    const steps = events.flatMap((event) => tracker.push(event as never));
    expect(steps.map((step) => [step.type, step.block.kind])).toEqual([
      ['open', 'reasoning'],
      ['delta', 'reasoning'],
      ['delta', 'reasoning'],
      ['close', 'reasoning'],
      ['open', 'tool-call'],
      ['delta', 'tool-call'],
    ]);
  });
});

test('choices are kept apart', () => {
  const other: ReplyEvent = { type: 'text-delta', choice: 1, text: 'b' };
  const events = sealed(true, [thought('a'), signature('x'), other, signature('y'), finish]);
  const signatures = events.flatMap((event) =>
    event.type === 'reasoning-signature' ? [openSeal(event.signature)?.data] : [],
  );
  expect(signatures).toEqual(['xy']);
});
