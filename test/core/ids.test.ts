/** Request ids: what they say, unique, and in the order of time. */
import { expect, test } from 'bun:test';
import { newRequestId } from '../../src/core/ids.ts';

const ids = Array.from({ length: 10_000 }, newRequestId);

test('say what they name and are UUIDs of version 7', () => {
  for (const id of ids)
    expect(id).toMatch(/^req_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('are unique', () => {
  expect(new Set(ids).size).toBe(ids.length);
});

test('sort by the time they were made', () => {
  const instants = ids.map((id) => id.slice(4, 17));
  expect(instants).toEqual([...instants].sort());
});
