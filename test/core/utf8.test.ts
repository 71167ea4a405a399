/** Whether bytes were UTF-8: the lenient check agrees with strict decoding. */
import { describe, expect, test } from 'bun:test';
import { decodeStrictly, isFaithful } from '../../src/core/utf8.ts';
import { Generator } from './generator.ts';

function strictlyValid(bytes: Uint8Array): boolean {
  try {
    decodeStrictly(bytes);
    return true;
  } catch {
    return false;
  }
}

const faithful = (bytes: Uint8Array) => isFaithful(new TextDecoder().decode(bytes), bytes.length);

describe.each([
  ['nothing', []],
  ['ASCII', [0x7b, 0x7d]],
  ['two, three and four bytes', [...Buffer.from('é漢😀')]],
  ['a genuine replacement character', [0xef, 0xbf, 0xbd]],
  ['a lone continuation byte', [0x61, 0x80, 0x62]],
  ['a byte that never occurs', [0xff]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a cut two-byte sequence', [0x61, 0xc3]],
  ['a cut three-byte sequence', [0x61, 0xe2, 0x82, 0x62]],
  ['a cut four-byte sequence of two', [0x61, 0xf0, 0x9f, 0x62]],
  ['beyond the last code point', [0xf5, 0x80, 0x80, 0x80]],
  ['a byte order mark and a genuine replacement character', [0xef, 0xbb, 0xbf, 0xef, 0xbf, 0xbd]],
])('%s', (_name, numbers) => {
  test('is judged as strict decoding judges it', () => {
    const bytes = Uint8Array.from(numbers);
    expect(faithful(bytes)).toBe(strictlyValid(bytes));
  });
});

test('every text written as UTF-8 is faithful', () => {
  const chance = new Generator(3);
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(chance.text());
    expect(faithful(bytes)).toBe(true);
    expect(decodeStrictly(bytes)).toBe(bytes.toString());
  }
});

test('the one fault that cannot be told from a genuine replacement character passes as one', () => {
  expect(faithful(Uint8Array.from([0x61, 0xf0, 0x9f, 0x98, 0x62]))).toBe(true);
});
