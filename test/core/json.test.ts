/** Foreign JSON read without a throw, and never deeper than it can be written again. */
import { expect, test } from 'bun:test';
import { parseJson, parseObject } from '../../src/core/json.ts';

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

test.each([
  ['no JSON', '{"a":'],
  ['nothing', ''],
  ['arrays beyond measure', nested('[', ']', 2_001)],
  ['objects beyond measure', `${nested('{"a":', '', 2_001)}1${'}'.repeat(2_001)}`],
  ['both beyond measure', `{"a":${nested('[', ']', 40_000)}}`],
])('%s is no value', (_what, text) => {
  expect(parseJson(text)).toBeUndefined();
  expect(parseObject(text)).toBeUndefined();
});

test.each([
  ['as deep as may be', nested('[', ']', 2_000)],
  ['wide, not deep', `[${Array.from({ length: 5_000 }, () => '[{}]').join(',')}]`],
  ['brackets in texts', JSON.stringify(['['.repeat(5_000), `\\"${'{'.repeat(5_000)}`])],
])('%s is read', (_what, text) => {
  expect(JSON.stringify(parseJson(text))).toBe(text);
});

test('only an object is an object', () => {
  expect(parseObject('{"a":[1]}')).toEqual({ a: [1] });
  for (const text of ['[]', 'null', '1', '"{}"']) expect(parseObject(text)).toBeUndefined();
});
