/** Pass-through of binary streams: untouched bytes, honest ends, and nothing after a failure. */
import { describe, expect, test } from 'bun:test';
import { GatewayError, type UpstreamRefusal } from '../../../src/core/errors.ts';
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import { frameOf, maxEventBytes, pieces, type Said, seeded, streamOf } from '../../support/event-frames.ts';

const start: Said = ['messageStart', { role: 'assistant' }];
const delta: Said = [
  'contentBlockDelta',
  { contentBlockIndex: 0, delta: { text: 'messageStop exception metadata' } },
];
const stop: Said = ['messageStop', { stopReason: 'max_tokens' }];
const metadata: Said = [
  'metadata',
  { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, metrics: { latencyMs: 1 } },
];
const failure: Said = ['throttlingException', { message: 'slow SECRET' }];

function createTap(limit = maxEventBytes) {
  return bedrockConverse.createStreamTap({
    provider: 'p',
    maxEventBytes: limit,
    hideUsage: false,
    scrub: (refusal: UpstreamRefusal) => ({
      ...refusal,
      message: refusal.message.replace('SECRET', '[redacted]'),
    }),
  });
}

function run(bytes: Uint8Array, random = seeded(1), longest = 1 << 20) {
  const tap = createTap();
  const passed: Buffer[] = [];
  let thrown: unknown;
  for (const piece of pieces(bytes, random, longest)) {
    if (tap.isOver) break;
    try {
      const out = tap.push(piece);
      if (out !== undefined) passed.push(Buffer.from(out));
    } catch (error) {
      thrown = error;
      break;
    }
  }
  return { passed: Buffer.concat(passed), end: tap.end(), thrown, isOver: tap.isOver };
}

test('a chunk of whole frames goes on as the very same bytes', () => {
  const tap = createTap();
  const chunk = streamOf([start, delta]);
  expect(tap.push(chunk)).toBe(chunk);
});

test('whatever the pieces, all bytes pass and usage and finish are known', () => {
  const bytes = streamOf([start, delta, delta, stop, metadata]);
  for (let seed = 0; seed < 100; seed++) {
    const { passed, end } = run(bytes, seeded(seed), 60);
    expect(passed.equals(bytes)).toBe(true);
    expect(end).toEqual({ usage: { inputTokens: 1, outputTokens: 2 }, finish: 'length', text: '' });
  }
});

test('an exception is not passed on: the client’s writer says it once, without the credential', () => {
  const before = streamOf([start, delta]);
  const { passed, end, isOver } = run(Buffer.concat([before, frameOf(failure), frameOf(stop)]));
  expect(passed.equals(before)).toBe(true);
  expect(isOver).toBe(true);
  expect(end.error?.refusal).toMatchObject({
    status: 429,
    type: 'ThrottlingException',
    message: 'slow [redacted]',
  });
});

describe('ends', () => {
  test('before messageStop it is incomplete, and half a frame is not passed on', () => {
    const whole = streamOf([start, delta]);
    const { passed, end } = run(Buffer.concat([whole, frameOf(stop).subarray(0, 30)]));
    expect(passed.equals(whole)).toBe(true);
    expect(end.error?.code).toBe('upstream_incomplete');
  });

  test('after messageStop it is a success, with or without metadata', () => {
    expect(run(streamOf([start, stop])).end).toEqual({ finish: 'length', text: '' });
  });
});

test('a frame too large is refused', () => {
  expect(() => createTap(50).push(frameOf(delta))).toThrow(
    expect.objectContaining({ code: 'upstream_too_large' }),
  );
});

test('flipped bits and cut streams never throw anything but the gateway’s own errors', () => {
  const bytes = streamOf([start, delta, stop, metadata, failure]);
  for (let seed = 0; seed < 2000; seed++) {
    const random = seeded(seed);
    const broken = Buffer.from(bytes.subarray(0, 1 + Math.floor(random() * bytes.length)));
    for (let flips = Math.floor(random() * 4); flips > 0; flips--) {
      const at = Math.floor(random() * broken.length);
      broken[at] = (broken[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
    const { thrown, passed } = run(broken, random, 80);
    expect(thrown === undefined || thrown instanceof GatewayError).toBe(true);
    expect(passed.equals(broken.subarray(0, passed.length))).toBe(true);
  }
});
