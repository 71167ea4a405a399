/** What a process tells of its own spending: sums as they stand, moves in their order and in bounded memory, again after a failure. */
import { expect, test } from 'bun:test';
import { OwnSpend } from '../../../src/storage/redis/own-spend.ts';

const charge = { budgetId: 'budget_1', bucketStartMs: 0 };

/** A line to Redis that notes what is sent, and fails when it is told to. */
function lineOf() {
  const line = {
    sent: [] as unknown[],
    isDown: false,
    async send(_name: string, [, place, rows]: readonly string[]): Promise<unknown> {
      if (line.isDown) throw new Error('down');
      line.sent.push([place, ...(JSON.parse(rows ?? '') as unknown[])]);
      return 'ok';
    },
    take: () => line.sent.splice(0),
  };
  return line;
}

const place = () => 7;
const moved = (spentNanoUsd: number, totalNanoUsd?: number) => ({ ...charge, spentNanoUsd, totalNanoUsd });

test('a call that is settled and then kept, or the other way round, is told once, and leaves when it is moved', async () => {
  const spend = new OwnSpend('p');
  const line = lineOf();
  spend.settled('a', [charge], 5);
  expect(spend.isSettled('a')).toBe(true);
  spend.add([charge], 10);
  await spend.deliver(line, place);
  expect(line.take()).toEqual([['7', ['budget_1', 0, 15]]]);
  await spend.deliver(line, place);
  expect(line.take()).toEqual([]);
  spend.moved([moved(5, 105)]);
  // Not before Redis is told where it went.
  expect(spend.tell([charge])).toEqual([['budget_1', 0, 15]]);
  spend.moved([moved(10, 130)]);
  await spend.deliver(line, place);
  expect(line.take()).toEqual([['7', ['budget_1', 0, 0, 5, 105, 1], ['budget_1', 0, 0, 10, 130, 2]]]);
  expect(spend.isEmpty).toBe(true);
});

test('what could not be told stays this process’s own, and is told under the same number', async () => {
  const spend = new OwnSpend('p');
  const line = lineOf();
  spend.add([charge], 9);
  spend.moved([moved(4, 4)]);
  line.isDown = true;
  await expect(spend.deliver(line, place)).rejects.toThrow('down');
  expect(spend.tell([charge])).toEqual([['budget_1', 0, 9]]);
  expect(spend.isEmpty).toBe(false);
  line.isDown = false;
  await Promise.all([spend.deliver(line, place), spend.deliver(line, place)]);
  expect(line.take()).toEqual([['7', ['budget_1', 0, 5, 4, 4, 1]]]);
});

test('after Redis has lost everything all that is its own is told again, and nothing that is not', async () => {
  const spend = new OwnSpend('p');
  const line = lineOf();
  spend.add([charge, { budgetId: 'budget_2', bucketStartMs: 60_000 }], 3);
  await spend.deliver(line, place);
  spend.moved([moved(3, 3)]);
  await spend.deliver(line, place);
  line.take();
  spend.forget();
  await spend.deliver(line, place);
  expect(line.take()).toEqual([['7', ['budget_2', 60_000, 3]]]);
});

test('moves that wait for long are one, of which nobody knows the total', async () => {
  const spend = new OwnSpend('p');
  const line = lineOf();
  for (let nth = 1; nth <= 1800; nth++) {
    spend.add([charge], 2);
    spend.moved([moved(2, 2 * nth)]);
  }
  await spend.deliver(line, place);
  const rows = line.take().flatMap((told) => (told as unknown[]).slice(1)) as number[][];
  expect(rows.length).toBeLessThan(600);
  expect(rows.reduce((sum, [, , , spent = 0]) => sum + spent, 0)).toBe(3600);
  expect(rows[0]?.[4]).toBe(-1);
  expect(rows.at(-1)).toEqual(['budget_1', 0, 0, 2, 3600, expect.any(Number)] as unknown as number[]);
  const numbers = rows.map((row) => row[5] ?? 0);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(spend.isEmpty).toBe(true);
});

test('nothing is told of calls that cost nothing', async () => {
  const spend = new OwnSpend('p');
  for (const cost of [0, -1, Number.NaN, 0.4]) spend.settled('a', [charge], cost);
  expect(spend.isEmpty).toBe(true);
});
