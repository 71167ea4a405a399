/** The carry: what nobody here acts on keeps its value and its place. */
import { describe, expect, test } from 'bun:test';
import { type Carry, carriedFields, seatOf, take } from '../../src/core/carry.ts';
import { countOf, isObject, type JsonObject, type JsonValue, stringOf } from '../../src/core/json.ts';

test('a taken value leaves its seat, and filling it again restores the order of keys', () => {
  const fields: JsonObject = { a: 1, b: 2, c: 3 };
  expect(take(fields, 'b')).toBe(2);
  expect(JSON.stringify(fields)).toBe('{"a":1,"c":3}');
  fields.b = 4;
  expect(JSON.stringify(fields)).toBe('{"a":1,"b":4,"c":3}');
});

describe('the seat of several spellings', () => {
  const spellings = ['new', 'old'] as const;
  test.each([
    [{ old: 1 }, 'old'],
    [{ new: 1 }, 'new'],
    [{ old: undefined }, 'old'],
    [{ old: 1, new: 2 }, 'new'],
    [{}, 'new'],
    [Object.create({ old: 1 }) as JsonObject, 'new'],
  ])('in %j is %s', (fields, seat) => {
    expect(seatOf(fields, spellings)).toBe(seat);
  });
});

test('a carry speaks only to writers of its own dialect', () => {
  const carry: Carry = { dialect: 'openai-chat', fields: { x: 1 } };
  expect(carriedFields(carry, 'openai-chat')).toEqual({ x: 1 });
  expect(carriedFields(carry, 'openai-embeddings')).toEqual({});
  expect(carriedFields(undefined, 'openai-chat')).toEqual({});
});

test.each([
  { value: {}, expected: true },
  { value: [], expected: false },
  { value: null, expected: false },
  { value: '{}', expected: false },
  { value: undefined, expected: false },
])('an object or not: %j', ({ value, expected }) => {
  expect(isObject(value)).toBe(expected);
});

test.each([0, 1.5, -3])('%d is a count', (value) => {
  expect(countOf(value)).toBe(value);
});

test.each([
  { value: null },
  { value: '1' },
  { value: true },
  { value: [] },
  { value: {} },
  { value: undefined },
  { value: Number.POSITIVE_INFINITY },
  { value: Number.NaN },
])('no count: %p', ({ value }: { value: unknown }) => {
  expect(countOf(value as JsonValue | undefined)).toBeUndefined();
  expect(stringOf(value as JsonValue | undefined)).toBe(typeof value === 'string' ? value : undefined);
});
