/** A table by id: against a `Map`, whatever comes and goes. */
import { expect, test } from 'bun:test';
import { newRequestId } from '../../../src/core/ids.ts';
import { type Chained, HeldTable } from '../../../src/ledger/counters/held-table.ts';
import { Random } from './random.ts';

interface One extends Chained<One> {
  readonly value: number;
}

const idsOf: readonly (readonly [string, (nth: number) => string])[] = [
  ['request ids', newRequestId],
  ['numbers', String],
  ['ids with the same end', (nth) => `${nth}-end`],
  ['letters, and nothing', (nth) => 'x'.repeat(nth % 7)],
];

test.each(idsOf)('%s', (_name, idOf) => {
  const random = new Random(7);
  const table = new HeldTable<One>();
  const known = new Map<string, One>();
  const ids = [...new Set(Array.from({ length: 3000 }, (_, nth) => idOf(nth)))];
  for (let step = 0; step < 20_000; step++) {
    const id = random.pick(ids);
    expect(table.get(id)).toBe(known.get(id) as One);
    if (random.chance(0.5) && !known.has(id)) {
      const one: One = { id, next: undefined, value: step };
      table.add(one);
      known.set(id, one);
    } else {
      const taken = table.take(id);
      expect(taken).toBe(known.get(id) as One);
      expect(taken?.next).toBeUndefined();
      known.delete(id);
    }
    expect(table.size).toBe(known.size);
  }
  for (const id of ids) expect(table.take(id)?.value).toBe(known.get(id)?.value as number);
});
