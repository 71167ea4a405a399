/** Pass-through of a Responses stream: every byte goes by, a failure as the upstream told it, a secret never. */
import { describe, expect, test } from 'bun:test';
import type { UpstreamRefusal } from '../../../src/core/errors.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { everySplit } from '../../core/generator.ts';

function event(type: string, more: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
}

const usage = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };
const begun = event('response.created', { response: { status: 'in_progress', error: null } });
const delta = event('response.output_text.delta', { delta: 'say "response.completed" and "error"' });
const completed = event('response.completed', { response: { status: 'completed', output: [], usage } });
const failed = event('response.failed', {
  response: { status: 'failed', error: { code: 'server_error', message: 'oops sk-secret' }, usage },
});

function openTap(scrub = (refusal: UpstreamRefusal) => refusal) {
  return openaiResponses.createStreamTap({ provider: 'p', maxEventBytes: 1 << 20, hideUsage: false, scrub });
}

function textOf(piece: Uint8Array | string | undefined): string {
  return piece === undefined ? '' : Buffer.from(piece as Uint8Array).toString('utf8');
}

test('wherever a stream is cut, its bytes pass and its end is known', () => {
  const wire = begun + delta + completed;
  for (const pieces of everySplit(Buffer.from(wire))) {
    const tap = openTap();
    const passed = pieces.map((piece) => textOf(tap.push(piece))).join('');
    expect(passed).toBe(wire);
    expect(tap.isOver).toBe(true);
    expect(tap.end()).toEqual({
      text: '',
      finish: 'stop',
      usage: { inputTokens: 3, outputTokens: 4 },
    });
  }
});

test('nothing goes by after the last word', () => {
  const tap = openTap();
  expect(textOf(tap.push(Buffer.from(completed + delta)))).toBe(completed);
});

test('a stream that ends before its last word is incomplete', () => {
  const tap = openTap();
  tap.push(Buffer.from(begun + delta));
  expect(tap.end().error?.code).toBe('upstream_incomplete');
});

test('a last word without its blank line is one all the same', () => {
  const tap = openTap();
  expect(tap.push(Buffer.from(completed.trimEnd()))).toBeUndefined();
  const { text, error, finish } = tap.end();
  expect({ text: textOf(text), error, finish }).toEqual({
    text: completed,
    error: undefined,
    finish: 'stop',
  });
});

describe('a failure', () => {
  test.each([
    ['a failed response', failed],
    ['an error event', event('error', { code: 'x', message: 'm', param: null })],
  ])('told by %s reaches the client as it is, once', (_, last) => {
    const tap = openTap();
    expect(textOf(tap.push(Buffer.from(begun + last + delta)))).toBe(begun + last);
    const end = tap.end();
    expect(end.isTold).toBe(true);
    expect(end.error?.code).toBe('upstream_rejected');
    expect(end.text).toBe('');
  });

  test('that holds a secret is held back, to be told anew', () => {
    const tap = openTap((refusal) => ({ ...refusal, message: refusal.message.replace('sk-secret', '***') }));
    expect(textOf(tap.push(Buffer.from(begun + failed)))).toBe(begun);
    const end = tap.end();
    expect(end.isTold).toBeUndefined();
    expect(end.error?.message).toBe('oops ***');
  });

  test('of framing is no word of the upstream', () => {
    const tap = openTap();
    expect(textOf(tap.push(Buffer.from(`${begun}data: "error"\n\n`)))).toBe(begun);
    expect(tap.end()).toMatchObject({ error: { code: 'upstream_malformed' } });
    expect(tap.end().isTold).toBeUndefined();
  });
});
