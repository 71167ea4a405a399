/** What JSON.parse lets through: any depth, the last of two equal keys, and `__proto__` as a key of its own. */
import { expect, test } from 'bun:test';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('nesting a million deep is accepted', () => {
  expect(Array.isArray(JSON.parse(nested(1_000_000)))).toBe(true);
});

test('JSON.stringify overflows the stack on what JSON.parse has accepted', () => {
  const parsed: unknown = JSON.parse(nested(200_000));
  expect(() => JSON.stringify(parsed)).toThrow(RangeError);
});

test('the last of duplicate keys wins', () => {
  expect(JSON.parse('{"model":"allowed","model":"other"}')).toEqual({ model: 'other' });
});

test('__proto__ is an own key: spreading keeps it inert, Object.assign sets the prototype', () => {
  const parsed = JSON.parse('{"__proto__":{"admin":true}}') as { admin?: boolean };
  expect(Object.keys(parsed)).toEqual(['__proto__']);
  expect(parsed.admin).toBeUndefined();
  expect({ ...parsed }.admin).toBeUndefined();
  expect((Object.assign({}, parsed) as { admin?: boolean }).admin).toBe(true);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test('numbers beyond a double lose digits', () => {
  expect(JSON.stringify(JSON.parse('{"seed":12345678901234567890}'))).toBe('{"seed":12345678901234567000}');
});

test('a lone surrogate survives as itself', () => {
  expect(JSON.stringify(JSON.parse('"\\ud800"'))).toBe('"\\ud800"');
});
