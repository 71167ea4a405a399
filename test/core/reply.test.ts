/** Folding: what a stream of reply events amounts to, whatever its pieces. */
import { describe, expect, test } from 'bun:test';
import { foldReply } from '../../src/core/fold.ts';
import { finishOf, type ReplyEvent, type ReplyFrame, usageOf } from '../../src/core/reply.ts';

const frame = (...events: ReplyEvent[]): ReplyFrame => ({
  events,
  carry: { dialect: 'openai-chat', fields: {} },
});
const text = (choice: number, value: string): ReplyEvent => ({ type: 'text-delta', choice, text: value });
const usage = (inputTokens: number, outputTokens: number): ReplyEvent => ({
  type: 'usage',
  usage: { inputTokens, outputTokens },
});
const finish = (choice: number): ReplyEvent => ({ type: 'choice-finish', choice, reason: 'stop' });

test('one frame and many frames amount to the same', () => {
  const events: ReplyEvent[] = [
    text(0, 'He'),
    text(1, 'x'),
    text(0, 'llo'),
    { type: 'reasoning-delta', choice: 0, text: 'hm' },
    { type: 'refusal-delta', choice: 1, text: 'no' },
    { type: 'tool-call-delta', choice: 0, index: 0, id: 'call_1', name: 'f', arguments: '{"a"' },
    { type: 'tool-call-delta', choice: 0, index: 1, id: 'call_2', name: 'g' },
    { type: 'tool-call-delta', choice: 0, index: 0, arguments: ':1}' },
    finish(0),
    usage(1, 2),
  ];
  const whole = foldReply([frame(...events)]);
  expect(foldReply(events.map((event) => frame(event)))).toEqual(whole);
  expect(whole.usage).toEqual({ inputTokens: 1, outputTokens: 2 });
  expect(whole.choices).toEqual([
    {
      blocks: [
        { type: 'text', text: 'Hello', citations: [] },
        { type: 'reasoning', text: 'hm' },
        { type: 'tool-call', index: 0, id: 'call_1', name: 'f', arguments: '{"a":1}', kind: 'function' },
        { type: 'tool-call', index: 1, id: 'call_2', name: 'g', arguments: '', kind: 'function' },
      ],
      logprobs: [],
      finish: { type: 'choice-finish', choice: 0, reason: 'stop' },
    },
    {
      blocks: [
        { type: 'text', text: 'x', citations: [] },
        { type: 'refusal', text: 'no' },
      ],
      logprobs: [],
    },
  ]);
});

test('no events amount to no choices and no usage', () => {
  expect(foldReply([])).toEqual({ choices: [] });
});

test('the last usage counts, in a stream as in a frame', () => {
  expect(foldReply([frame(usage(1, 1)), frame(usage(5, 7))]).usage).toEqual({
    inputTokens: 5,
    outputTokens: 7,
  });
  expect(usageOf(frame(usage(1, 1), usage(5, 7)))).toEqual({ inputTokens: 5, outputTokens: 7 });
});

describe('of a frame', () => {
  test('without usage and finish nothing is known', () => {
    expect(usageOf(frame(text(0, 'a')))).toBeUndefined();
    expect(finishOf(frame(text(0, 'a')))).toBeUndefined();
  });

  test('the finish is that of its first choice to finish', () => {
    expect(
      finishOf(frame(text(0, 'a'), { type: 'choice-finish', choice: 1, reason: 'length' }, finish(0))),
    ).toBe('length');
  });
});
