/** How a stream that passes through ends: `[DONE]` where it is missing, an error where the reply is. */
import { describe, expect, test } from 'bun:test';
import { GatewayError, type UpstreamRefusal } from '../../../src/core/errors.ts';
import type { StreamStep } from '../../../src/dialects/dialect.ts';
import { createStreamTap } from '../../../src/dialects/openai/stream-tap.ts';
import { everySplit } from '../../core/generator.ts';

const scrub = (refusal: UpstreamRefusal) => ({
  ...refusal,
  message: refusal.message.replaceAll('sk-up', '[redacted]'),
});
const tapOf = (hideUsage = false, maxEventBytes = 1 << 20): StreamStep =>
  createStreamTap({ provider: 'p', maxEventBytes, hideUsage, scrub });

function pass(tap: StreamStep, ...texts: (string | Uint8Array)[]): string {
  return texts.map((text) => Buffer.from((tap.push(Buffer.from(text)) as Uint8Array) ?? [])).join('');
}

const word = 'data: {"choices":[{"delta":{"content":"a"},"finish_reason":null}]}\n\n';
const finish = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const done = 'data: [DONE]\n\n';

describe('[DONE]', () => {
  test.each([
    ['is not repeated', [word, finish, done], word + finish + done],
    ['is added after a finish', [word, finish], word + finish + done],
    ['is added after a finish without its blank line', [word, finish.trimEnd()], word + finish + done],
    ['is completed where it lacks its blank line', [word, finish, 'data: [DONE]'], word + finish + done],
    ['ends the stream: nothing after it is passed on', [finish + done, word], finish + done],
  ])('%s', (_what, sent, expected) => {
    const tap = tapOf();
    let text = '';
    for (const piece of sent) if (!tap.isOver) text += pass(tap, piece);
    const end = tap.end();
    expect(text + end.text).toBe(expected);
    expect(end.error).toBeUndefined();
  });

  test('tells that the stream is over, although the upstream keeps it open', () => {
    const tap = tapOf();
    pass(tap, word);
    expect(tap.isOver).toBe(false);
    pass(tap, finish + done);
    expect(tap.isOver).toBe(true);
  });

  test('in a text is a text', () => {
    const tap = tapOf(true);
    const text = word.replace('"a"', '"data: [DONE]"');
    expect(pass(tap, text, word)).toBe(text + word);
    expect(tap.isOver).toBe(false);
  });
});

test('a stream cut anywhere before its finish is incomplete, and never gets a [DONE]', () => {
  for (const [sent] of everySplit(Buffer.from(word + word))) {
    const tap = tapOf();
    const text = pass(tap, sent);
    const end = tap.end();
    expect(end.error?.code).toBe('upstream_incomplete');
    expect(text + end.text).not.toContain('[DONE]');
    expect((word + word).startsWith((text + end.text).trimEnd())).toBe(true);
  }
});

describe('an error in mid-stream', () => {
  const error = 'data: {"error":{"message":"broke, key sk-up","type":"server_error","code":"x"}}\n\n';

  test('is reported scrubbed, with what was said before it', () => {
    for (const pieces of [[word, error], [word + error], [word + error + word]]) {
      const tap = tapOf();
      expect(pass(tap, ...pieces)).toBe(word);
      expect(tap.isOver).toBe(true);
      const { error: failure } = tap.end();
      expect(failure?.code).toBe('upstream_rejected');
      expect(failure?.refusal?.message).toBe('broke, key [redacted]');
    }
  });

  test.each([
    ['is null', '{"error":null,"choices":[{"delta":{"content":"x"}}]}'],
    ['is only spoken of', '{"choices":[{"delta":{"content":"{\\"error\\":{}}"}}]}'],
    ['stands beside choices', '{"choices":[{"delta":{"content":"x"}}],"error":{"message":"m"}}'],
  ])('is none where it %s', (_what, json) => {
    const tap = tapOf();
    expect(pass(tap, `data: ${json}\n\n`)).toBe(`data: ${json}\n\n`);
    expect(tap.isOver).toBe(false);
  });
});

describe('a broken stream', () => {
  const codeOf = (act: () => unknown): string => {
    try {
      act();
    } catch (thrown) {
      return thrown instanceof GatewayError ? thrown.code : String(thrown);
    }
    return 'none';
  };

  test('is too large where one event is', () => {
    const tap = tapOf(false, 100);
    expect(pass(tap, word, word)).toBe(word + word);
    expect(codeOf(() => tap.push(Buffer.alloc(101, 'x')))).toBe('upstream_too_large');
  });

  test('is malformed where it is not UTF-8', () => {
    const bytes = Buffer.from(word.replace('a', '\u00ff'), 'latin1');
    expect(codeOf(() => tapOf().push(bytes))).toBe('upstream_malformed');
  });

  test('is malformed where the last event is no JSON object, after what came before', () => {
    for (const bad of ['not json', '{"a":', '[1]', '"text"', '{"a":1}}x']) {
      const tap = tapOf();
      expect(pass(tap, `${word}data: ${bad}\n\n`)).toBe(word);
      expect(tap.end().error?.code).toBe('upstream_malformed');
    }
  });
});

test('what is known when it is given up half-way', () => {
  const tap = tapOf();
  expect(tap.observed()).toEqual({});
  pass(tap, word, finish, 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n');
  expect(tap.observed()).toEqual({ finish: 'stop', usage: { inputTokens: 1, outputTokens: 2 } });
});
