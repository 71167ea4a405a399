/** The outline of JSON text: depth, top-level keys, and where chosen values stand. */
import { describe, expect, test } from 'bun:test';
import { applyEdits, outlineJson } from '../../src/core/json-outline.ts';

const wanted = new Set(['model', 'stream_options']);
const outline = (text: string, maxDepth = 64) => outlineJson(text, wanted, maxDepth);

function found(text: string, key: string): string | undefined {
  const span = outline(text).spans.get(key);
  return span === undefined ? undefined : text.slice(span.start, span.end);
}

test.each([
  ['plain', '{"model":"m"}', '"m"'],
  ['spaced', '{ "model" :\n\t"m" , "a":1}', '"m"'],
  ['last', '{"a":[1,2],"model":"m"\n}', '"m"'],
  ['an object', '{"model":{"model":"x"} ,"a":1}', '{"model":"x"}'],
  ['an array', '{"model":["a","b"],"a":1}', '["a","b"]'],
  ['a number', '{"model": -1.5e3 }', '-1.5e3'],
  ['null', '{"model":null}', 'null'],
  ['empty', '{"model":""}', '""'],
  ['with an escaped quote', '{"model":"a\\"b"}', '"a\\"b"'],
  ['ending in an escaped backslash', '{"model":"a\\\\","b":"x"}', '"a\\\\"'],
  ['holding what looks like JSON', '{"a":"{\\"model\\":\\"no\\"}","model":"yes"}', '"yes"'],
  ['only nested', '{"a":{"model":"no"}}', undefined],
  ['only in an array', '{"a":[{"model":"no"}]}', undefined],
  ['only as a value', '{"a":"model","b":"no"}', undefined],
  ['spelled with an escape', '{"mod\\u0065l":"m"}', undefined],
  ['absent', '{}', undefined],
])('finds the model: %s', (_what, text, expected) => {
  JSON.parse(text);
  expect(found(text, 'model')).toBe(expected);
});

test.each([
  ['{}', 0],
  ['{"a":1}', 1],
  ['{"a":{"b":1,"c":2},"d":[3,{"e":4}]}', 2],
  ['{"a":1,"a":2}', 2],
  ['{"model":"a","mod\\u0065l":"b"}', 2],
  ['{"__proto__":1,"constructor":2,"toString":3}', 3],
  ['{"a":"x,\\"y\\":1","b":2}', 2],
])('counts the top-level keys of %s', (text, count) => {
  expect(outline(text).topLevelKeys).toBe(count);
});

test('a repeated key shows, also when one spelling is escaped', () => {
  for (const text of ['{"a":1,"a":1}', '{"model":"a","mod\\u0065l":"b"}', '{"\\u0061":1,"a":2}'])
    expect(outline(text).topLevelKeys).toBeGreaterThan(Object.keys(JSON.parse(text) as object).length);
});

describe('depth', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

  test.each([1, 2, 8, 64])('%d levels are allowed when %d are, and no more', (levels) => {
    expect(outline(nested(levels), levels).tooDeep).toBe(false);
    expect(outline(nested(levels + 1), levels).tooDeep).toBe(true);
  });

  test('brackets in strings do not count', () => {
    expect(outline(`{"a":"${'[{'.repeat(500)}"}`, 1).tooDeep).toBe(false);
  });

  test('a million open brackets are refused without reading on', () => {
    expect(outline('['.repeat(1_000_000), 128).tooDeep).toBe(true);
  });
});

test('the closing brace is that of the top level', () => {
  const text = ' {"a":{"b":"}"},"c":"}" } \n';
  expect(outline(text).closingBrace).toBe(text.lastIndexOf('}'));
  expect(outline('[1]').closingBrace).toBe(-1);
});

test.each(['', '"', '{"', '{"a', '{"model":"', '{"model":"\\', '}}}}', '{,}', '{"a"', ']', '\\"\\"'])(
  'text that is no JSON is walked to its end: %j',
  (text) => {
    expect(() => outline(text)).not.toThrow();
  },
);

test('many escaped quotes are walked in time linear in their number', () => {
  const text = `{"a":"${'\\\\\\"'.repeat(500_000)}","model":"m"}`;
  expect(found(text, 'model')).toBe('"m"');
});

test('edits are applied wherever they stand and in whatever order they come', () => {
  const edits = [
    { start: 4, end: 6, text: 'XYZ' },
    { start: 0, end: 1, text: '' },
    { start: 8, end: 8, text: '!' },
  ];
  expect(applyEdits('01234567', edits)).toBe('123XYZ67!');
  expect(applyEdits('same', [])).toBe('same');
});
