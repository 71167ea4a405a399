/** Which budget is which when they are said again. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { type BudgetDraft, settleBudgets } from '../../src/identity/budgets.ts';
import type { Budget } from '../../src/ledger/caps.ts';

const draft = (fields: Partial<BudgetDraft> = {}): BudgetDraft => ({
  limitNanoUsd: 5e9,
  window: 'day',
  rolling: false,
  models: null,
  raise: null,
  warnAt: [],
  ...fields,
});

function made(...drafts: readonly BudgetDraft[]): Budget[] {
  return settleBudgets(drafts, []);
}

describe('a budget keeps its id', () => {
  const before = made(draft(), draft({ window: 'month' }), draft({ models: ['gpt-*'] }));
  const ids = before.map(({ id }) => id);

  test.each([
    ['with another limit', draft({ limitNanoUsd: 1 }), 0],
    ['with a raise and warnings', draft({ raise: { limitNanoUsd: 1, untilMs: 2 }, warnAt: [0.5] }), 0],
    ['of the same models', draft({ models: ['gpt-*'] }), 2],
    ['that is named by it', draft({ id: ids[1] ?? '', window: 'month', limitNanoUsd: 7 }), 1],
    ['named by it, whatever its models are now', draft({ id: ids[2] ?? '', models: ['o*'] }), 2],
  ])('%s', (_what, said, at) => {
    expect(settleBudgets([said], before)[0]?.id).toBe(ids[at] ?? '');
  });

  test('and no two have the same', () => {
    const taken = settleBudgets([draft({ id: ids[0] ?? '', models: ['x'] }), draft()], before);
    expect(taken[0]?.id).toBe(ids[0] ?? '');
    expect(ids).not.toContain(taken[1]?.id ?? '');
  });
});

test.each([
  ['another window', draft({ window: 'hour' })],
  ['a rolling one', draft({ rolling: true })],
  ['other models', draft({ models: ['o*'] })],
])('%s is another budget', (_what, said) => {
  const before = made(draft());
  const [other] = settleBudgets([said], before);
  expect(other?.id).toMatch(/^budget_[0-9a-f]{32}$/);
  expect(other?.id).not.toBe(before[0]?.id ?? '');
});

test.each<[string, (before: readonly Budget[]) => readonly BudgetDraft[]]>([
  ['two of the same kind', () => [draft(), draft({ limitNanoUsd: 1 })]],
  ['an id from elsewhere', () => [draft({ id: `budget_${'0'.repeat(32)}` })]],
  ['an id with another window', ([own]) => [draft({ id: own?.id ?? '', window: 'hour' })]],
  ['one id twice', ([own]) => [draft({ id: own?.id ?? '' }), draft({ id: own?.id ?? '', models: ['x'] })]],
])('%s is refused', (_what, said) => {
  const before = made(draft());
  expect(() => settleBudgets(said(before), before)).toThrow(GatewayError);
});
