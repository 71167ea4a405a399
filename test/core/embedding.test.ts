/** Vectors in both of their forms, and what is no vector or no text. */
import { describe, expect, test } from 'bun:test';
import {
  base64Of,
  type EmbeddingCall,
  type EmbeddingInput,
  floatsOf,
  onlyTextIn,
  readVector,
  textsIn,
} from '../../src/core/embedding.ts';
import { GatewayError } from '../../src/core/errors.ts';

describe('vectors', () => {
  // 1, -2.5 and 0.1 as 32-bit floats, the lowest byte first: IEEE 754.
  const bytes = [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc0, 0xcd, 0xcc, 0xcc, 0x3d];
  const base64 = Buffer.from(bytes).toString('base64');

  test('numbers are written as the floats they are, and read again', () => {
    expect(base64Of([1, -2.5, 0.1])).toBe(base64);
    expect(floatsOf(base64)).toEqual([1, -2.5, Math.fround(0.1)]);
  });

  test('what has its form already stays as it is', () => {
    const numbers = [0.1, 1e-9];
    expect(floatsOf(numbers)).toBe(numbers);
    expect(base64Of(base64)).toBe(base64);
  });

  test('every 32-bit float survives both ways', () => {
    const floats = [...new Float32Array(2000)].map((_, at) =>
      Math.fround(Math.sin(at) * 10 ** ((at % 60) - 30)),
    );
    expect(floatsOf(base64Of(floats))).toEqual(floats);
  });

  test.each([
    ['numbers', [1, 2], true],
    ['base64', base64, true],
    ['nothing', [], false],
    ['an empty text', '', false],
    ['half a float', Buffer.from([1, 2]).toString('base64'), false],
    ['a number that is none', [1, null], false],
    ['a text among numbers', [1, '2'], false],
    ['a list of lists', [[1]], false],
    ['an object', { float: [1] }, false],
    ['null', null, false],
  ])('%s', (_what, value, isVector) => {
    expect(readVector(value)).toEqual(isVector ? (value as string | number[]) : undefined);
  });
});

describe('texts', () => {
  const call = (...inputs: EmbeddingInput[]): EmbeddingCall => ({ inputs, isList: true, field: 'input' });
  const text = { type: 'text', text: 'a' } as const;
  const other = { type: 'other', carry: { dialect: 'openai-embeddings', fields: {} } } as const;

  test('come in their order', () => {
    expect(textsIn(call(text, { type: 'text', text: 'b' })).map((input) => input.text)).toEqual(['a', 'b']);
    expect(onlyTextIn(call(text))).toEqual(text);
  });

  test.each([
    ['token ids', () => textsIn(call(text, { type: 'tokens', tokens: [1, 2] }))],
    ['what is no text', () => textsIn(call(other))],
    ['more than one where only one goes', () => onlyTextIn(call(text, text))],
    ['none where one goes', () => onlyTextIn(call())],
  ])('%s are refused, naming the field', (_what, read) => {
    let thrown: unknown;
    try {
      read();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    expect(thrown).toMatchObject({ code: 'unsupported_value', status: 400, param: 'input' });
  });
});
