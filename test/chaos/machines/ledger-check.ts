/** Whether the ledger in PostgreSQL has what clients were told, once, and adds up to what its budgets say. */
import { expect } from 'bun:test';
import type { Schema } from '../../support/postgres.ts';

/** `acknowledged`: request ids. Of calls that count against one budget each, or none. Returns how many entries there are. */
export async function expectWholeLedger(schema: Schema, acknowledged: readonly string[]): Promise<number> {
  const rows = await schema.ask('SELECT id, COALESCE(cost_nano_usd, 0) AS cost, charges FROM calls');
  const known = new Set(rows.map(({ id }) => String(id)));
  expect({
    twice: rows.length - known.size,
    lost: acknowledged.filter((id) => !known.has(id)),
  }).toEqual({ twice: 0, lost: [] });
  const costOf = (some: typeof rows) => some.reduce((sum, { cost }) => sum + Number(cost), 0);
  const [used] = await schema.ask(
    'SELECT SUM(requests) AS requests, SUM(cost_nano_usd) AS cost FROM usage_by_day',
  );
  expect([Number(used?.requests), Number(used?.cost)]).toEqual([rows.length, costOf(rows)]);
  const [spent] = await schema.ask('SELECT SUM(spent_nano_usd) AS spent FROM budget_spend');
  expect(Number(spent?.spent)).toBe(costOf(rows.filter(({ charges }) => charges !== null)));
  return rows.length;
}
