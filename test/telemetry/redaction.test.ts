/** The scrubber of known secrets. */
import { expect, test } from 'bun:test';
import { Secret } from '../../src/core/secret.ts';
import { createScrubber } from '../../src/telemetry/redaction.ts';

const scrub = createScrubber(
  ['sk-root-12345', 'sk-upstream-67890', 'short', ''].map((value) => new Secret(value)),
);

test.each([
  ['nothing', 'nothing'],
  ['a sk-root-12345 b sk-upstream-67890 c sk-root-12345', 'a [redacted] b [redacted] c [redacted]'],
  ['Bearer sk-upstream-67890', 'Bearer [redacted]'],
  ['a short word stays', 'a short word stays'],
  ['', ''],
])('%j becomes %j', (text, expected) => {
  expect(scrub(text)).toBe(expected);
});

test('a secret that contains another leaves nothing of either', () => {
  const both = ['sk-abcdefgh', 'sk-abcdefgh-and-more'].map((value) => new Secret(value));
  for (const secrets of [both, both.toReversed()])
    expect(createScrubber(secrets)('x sk-abcdefgh-and-more y')).not.toContain('and-more');
});

test('without secrets nothing changes', () => {
  expect(createScrubber([])('x')).toBe('x');
});
