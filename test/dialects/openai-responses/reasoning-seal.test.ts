/** Sealed thoughts: readable to nobody but their origin's writer, safe in every field that holds a signature. */
import { describe, expect, test } from 'bun:test';
import {
  type ForeignReasoning,
  openForeign,
  openOwn,
  sealForeign,
  sealOwn,
} from '../../../src/dialects/openai-responses/reasoning-seal.ts';

const own = { id: 'rs_1"é\n', encrypted: 'gAAAA-_==' };
const foreign: ForeignReasoning[] = [
  { kind: 'signature', data: 'EqQB+/=' },
  { kind: 'redacted', data: '' },
  { kind: 'call', data: 'AY89', callId: 'call_1' },
];

test('a thought of this API opens again', () => {
  expect(openOwn(sealOwn(own))).toEqual(own);
});

test.each(foreign)('%j opens again', (thought) => {
  expect(openForeign(sealForeign(thought))).toEqual(thought);
});

test('a seal survives APIs whose signatures are bytes', () => {
  for (const sealed of [sealOwn(own), ...foreign.map(sealForeign)])
    expect(Buffer.from(sealed, 'base64').toString('base64')).toBe(sealed);
});

describe('nothing else opens', () => {
  const sealed = sealOwn(own);
  test.each([
    ['nothing', ''],
    ['what OpenAI encrypted', 'gAAAAABqPBJRAhmec86Fy9tP'],
    ['what Anthropic signed', 'EqQBCkYIBxgCKkB'],
    ['half a seal', sealed.slice(0, -8)],
    ['a seal alone', sealed.slice(0, 24)],
    ['a seal around something else', Buffer.from('openai-responses/1{"a":1}').toString('base64')],
    ['a seal around no texts', Buffer.from('openai-responses/1[1,2]').toString('base64')],
    ['a foreign seal of an unknown kind', Buffer.from('opengateway-sealed["x","y"]').toString('base64')],
    ['a signed call that names no call', Buffer.from('opengateway-sealed["call","y"]').toString('base64')],
  ])('%s', (_, text) => {
    expect(openOwn(text)).toBeUndefined();
    expect(openForeign(text)).toBeUndefined();
  });

  test('one kind is not the other', () => {
    expect(openForeign(sealed)).toBeUndefined();
    for (const thought of foreign) expect(openOwn(sealForeign(thought))).toBeUndefined();
  });
});
