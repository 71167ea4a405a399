/** Ids keep to the rules they are given, the same every time, and never two the same. */
import { expect, test } from 'bun:test';
import { createIdMap } from '../../src/core/tool-call-ids.ts';

const strict = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64 };

test.each(['call_1', 'toolu_01A-b', 'a'.repeat(64)])('%s stays as it is', (id) => {
  expect(createIdMap(strict)(id)).toBe(id);
});

test.each(['', 'call.1', 'call 1', 'é', 'a\n', 'a'.repeat(65), `call_${'x'.repeat(4000)}`, '😀', '\u0000'])(
  '%j becomes one that keeps the rules, the same every time',
  (id) => {
    const mapped = createIdMap(strict)(id);
    expect(mapped).toMatch(strict.pattern);
    expect(mapped.length).toBeLessThanOrEqual(64);
    expect(createIdMap(strict)(id)).toBe(mapped);
  },
);

test('ids that differ stay different, even in what is cut off', () => {
  const map = createIdMap({ maxLength: 64 });
  const long = 'x'.repeat(100);
  const ids = ['', ...Array.from({ length: 500 }, (_, at) => `${long}${at}`)];
  expect(new Set(ids.map(map)).size).toBe(ids.length);
});

test('a shorter limit is kept too', () => {
  const map = createIdMap({ pattern: /^\w+$/, maxLength: 12 });
  expect(map('not-a-word')).toHaveLength(12);
  expect(createIdMap({ maxLength: 64 })('any: thing?')).toBe('any: thing?');
});
