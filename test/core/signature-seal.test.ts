/** Seals: what they hold comes out as it went in, in whatever base64 it comes back. */
import { describe, expect, test } from 'bun:test';
import { isSealed, openSeal, originOf, type Proof, seal, sealMark } from '../../src/core/signature-seal.ts';

const proofs: Proof[] = [
  { origin: 'claude', kind: 'signature', data: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk' },
  { origin: 'openai-responses', kind: 'redacted', data: 'gAAAAA-_==', id: 'rs_1"é\n' },
  { origin: 'gemini', kind: 'call', data: '漢😀\u0000', id: '' },
  { origin: '', kind: 'signature', data: '', textLength: 0 },
];

test.each(proofs)('%j comes out as it went in', (proof) => {
  const sealed = seal(proof);
  expect(sealed).toStartWith(sealMark);
  expect(sealed).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  expect(openSeal(sealed)).toEqual(proof);
});

test('base64 may be decoded and encoded anew on the way, in the other alphabet, without padding', () => {
  for (const proof of proofs) {
    const bytes = Buffer.from(seal(proof), 'base64');
    expect(openSeal(bytes.toString('base64url'))).toEqual(proof);
  }
});

test('a seal may be sealed again', () => {
  const [proof] = proofs as [Proof];
  const twice = seal({ origin: 'openai-chat', kind: 'signature', data: seal(proof) });
  expect(openSeal(openSeal(twice)?.data ?? '')).toEqual(proof);
});

describe('what is no seal, or a broken one, is not opened', () => {
  const of = (content: string) => Buffer.from(`opengateway-sealed${content}`).toString('base64');
  test.each([
    ['a signature', 'EqQBCgIYAhIM', false],
    ['nothing', '', false],
    ['one cut short', seal(proofs[0] as Proof).slice(0, 40), true],
    ['the mark alone', sealMark, true],
    ['no list', of('{}'), true],
    ['no text', of('["claude","signature",1]'), true],
    ['too few', of('["claude","signature"]'), true],
    ['an unknown kind', of('["claude","key","x"]'), true],
  ])('%s', (_, text, looksSealed) => {
    expect(openSeal(text)).toBeUndefined();
    expect(isSealed(text)).toBe(looksSealed);
  });
});

test('Claude is one origin, whoever serves it; every other conversation is its own', () => {
  expect(originOf('anthropic-messages')).toBe(originOf('bedrock-converse'));
  const others = (['gemini', 'openai-responses', 'openai-chat', 'anthropic-messages'] as const).map(originOf);
  expect(new Set(others).size).toBe(4);
  expect(originOf('openai-embeddings')).toBeUndefined();
});
