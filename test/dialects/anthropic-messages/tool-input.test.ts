/** Arguments as an object, whatever text they come as. */
import { expect, test } from 'bun:test';
import { inputOf } from '../../../src/dialects/anthropic-messages/tool-input.ts';
import { Generator } from '../../core/generator.ts';

test.each([
  ['', {}, true],
  [' \n', {}, true],
  ['{"a":1}', { a: 1 }, true],
  ['{"a":1', { a: 1 }, false],
  ['{"a":"b', { a: 'b' }, false],
  ['{"a":"b\\', { a: 'b' }, false],
  ['{"a":"b\\u00', { a: 'b' }, false],
  ['{"a":1,"b', { a: 1 }, false],
  ['{"a":1,"b":', { a: 1 }, false],
  ['{"a":1,"b":tr', { a: 1 }, false],
  ['{"a":[1,{"b":"c"},', { a: [1, { b: 'c' }] }, false],
  ['{"a":{"b":[', { a: { b: [] } }, false],
  ['{', {}, false],
  ['{"', {}, false],
  ['[1,2', { input: [1, 2] }, false],
  ['"text"', { input: 'text' }, false],
  ['5', { input: 5 }, false],
  ['not JSON', { input: 'not JSON' }, false],
  ['{"a":1}}', { a: 1 }, false],
])('%j is %j', (text, input, isWhole) => {
  expect(inputOf({ arguments: text })).toEqual({ input, isWhole });
});

test('plain text is one argument', () => {
  expect(inputOf({ arguments: '{"a', kind: 'custom' })).toEqual({ input: { input: '{"a' }, isWhole: true });
});

test.each([300, 100_000])('%d levels are passed on as text, in no time', (depth) => {
  for (const text of [`{"a":${'['.repeat(depth)}`, `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`])
    expect(inputOf({ arguments: text })).toEqual({ input: { input: text }, isWhole: false });
});

test('any beginning of any JSON is an object, and none throws', () => {
  const generator = new Generator(7);
  for (let round = 0; round < 500; round++) {
    const text = JSON.stringify({ a: generator.json(3) });
    for (let cut = 0; cut < text.length; cut += 1 + Math.floor(text.length / 20)) {
      const { input } = inputOf({ arguments: text.slice(0, cut) });
      expect(typeof input === 'object' && !Array.isArray(input)).toBe(true);
    }
  }
});
