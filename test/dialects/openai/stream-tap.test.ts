/** The tap on a stream that passes through: bytes untouched, usage read and hidden, wherever the stream is cut. */
import { describe, expect, test } from 'bun:test';
import type { StreamEnd } from '../../../src/dialects/dialect.ts';
import { createStreamTap } from '../../../src/dialects/openai/stream-tap.ts';
import { everySplit, Generator } from '../../core/generator.ts';

interface Passed {
  readonly text: string;
  readonly end: StreamEnd;
}

function pass(pieces: readonly Uint8Array[], hideUsage: boolean): Passed {
  const scrub = <T>(refusal: T) => refusal;
  const tap = createStreamTap({ provider: 'p', maxEventBytes: 1 << 20, hideUsage, scrub });
  const passed: Buffer[] = [];
  for (const piece of pieces) {
    // A copy: a tap may write into what it is given, and the cuts here are of the same bytes.
    const out = tap.push(Buffer.from(piece));
    if (out !== undefined) passed.push(Buffer.from(out as Uint8Array));
  }
  const end = tap.end();
  return { text: Buffer.concat(passed).toString() + end.text, end };
}

const chunk = (content: string, more: object = {}) => ({
  id: 'c',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
  ...more,
});
const event = (json: unknown, end = '\n') => `data: ${JSON.stringify(json)}${end}${end}`;
const tricky = 'say ,"usage":null and {"usage":{"prompt_tokens":9}} and [DONE]\n\ndata: [DONE]\n\n é漢😀';
const finish = { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const usage = { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } };
const seen = { usage: { inputTokens: 3, outputTokens: 4 }, finish: 'stop' };

/** As an upstream writes that was asked for usage. */
function upstream(end: string): string {
  const asked = { usage: null };
  const chunks = [chunk('', asked), chunk(tricky, asked), { ...finish, ...asked }, usage];
  return `: hello${end}${end}${chunks.map((json) => event(json, end)).join('')}data: [DONE]${end}${end}`;
}

/** The same as the client is to see it that did not ask. */
function hidden(end: string): string {
  const chunks = [chunk(''), chunk(tricky), finish];
  return `: hello${end}${end}${chunks.map((json) => event(json, end)).join('')}data: [DONE]${end}${end}`;
}

describe.each(['\n', '\r\n'])('with line ends %j', (end) => {
  const stream = Buffer.from(upstream(end));
  const cuts = everySplit(stream);
  const chance = new Generator(5);

  test('nothing changes when the client asked for usage, at every split', () => {
    for (const halves of cuts) {
      const { text, end: last } = pass(halves, false);
      expect(text).toBe(stream.toString());
      expect(last).toEqual({ ...seen, text: '' } as StreamEnd);
    }
  });

  test('usage vanishes and nothing else when it did not, at every split', () => {
    for (const halves of cuts) {
      const { text, end: last } = pass(halves, true);
      expect(text).toBe(hidden(end));
      expect(last).toEqual({ ...seen, text: '' } as StreamEnd);
    }
  });

  test('and in random pieces, and byte by byte', () => {
    for (let round = 0; round < 200; round++)
      expect(pass(chance.cut(stream, 2 + chance.below(12)), true).text).toBe(hidden(end));
    const bytes = [...stream].map((byte) => Uint8Array.of(byte));
    expect(pass(bytes, false).text).toBe(stream.toString());
    expect(pass(bytes, true).text).toBe(hidden(end));
  });
});

test.each([
  ['first', `data: {"usage":null,"id":"c","choices":[]}\n\n`, 'data: {"id":"c","choices":[]}\n\n'],
  ['between', `data: {"id":"c","usage":null,"choices":[]}\n\n`, 'data: {"id":"c","choices":[]}\n\n'],
  ['spaced', `data: {"id": "c" , "usage" : null }\n\n`, 'data: {"id": "c"  }\n\n'],
])('an empty usage field is hidden where it stands: %s', (_where, sent, expected) => {
  const rest = `${event(finish)}data: [DONE]\n\n`;
  expect(pass([Buffer.from(sent + rest)], true).text).toBe(expected + rest);
});

test('usage long before the end is still counted', () => {
  const comments = Array.from({ length: 40 }, () => Buffer.from(': keep-alive\n\n'));
  const pieces = [
    Buffer.from(event(finish)),
    Buffer.from(event(usage)),
    ...comments,
    Buffer.from('data: [DONE]\n\n'),
  ];
  for (const hide of [true, false])
    expect(pass(pieces, hide).end).toEqual({ ...seen, text: '' } as StreamEnd);
});

test('usage and finish are read however the upstream spaces its JSON', () => {
  for (const gap of ['', ' ', '  ', '\t']) {
    const spaced = [finish, usage].map((json) => event(json).replaceAll('":', `"${gap}:${gap}`)).join('');
    expect({ gap, end: pass([Buffer.from(`${spaced}data: [DONE]\n\n`)], false).end }).toEqual({
      gap,
      end: { ...seen, text: '' } as StreamEnd,
    });
  }
});

test('usage on the chunk that finishes is read', () => {
  const last = event({ ...finish, usage: usage.usage });
  expect(pass([Buffer.from(`${last}data: [DONE]\n\n`)], false).end).toMatchObject(seen);
});

test.each(['content_filter', 'length', 'tool_calls', 'function_call', 'stop'])(
  'finish %s is known',
  (word) => {
    const json = { ...finish, choices: [{ index: 0, delta: {}, finish_reason: word }] };
    const end = pass([Buffer.from(`${event(json)}data: [DONE]\n\n`)], false).end;
    expect(end.finish).not.toBe('other');
    expect(end.error).toBeUndefined();
  },
);

test.each(['brand_new', 'constructor', '__proto__', 'toString'])('finish %s is other', (word) => {
  const json = { ...finish, choices: [{ index: 0, delta: {}, finish_reason: word }] };
  expect(pass([Buffer.from(`${event(json)}data: [DONE]\n\n`)], false).end.finish).toBe('other');
});
