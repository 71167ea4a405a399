/** Who may call in a run of the model suite: a few scopes with small limits and budgets of every window, by chance. */
import {
  type Budget,
  budgetWindows,
  type Caps,
  type Limits,
  type ScopeKind,
} from '../../../src/ledger/caps.ts';
import type { Random } from './random.ts';

const kinds: readonly ScopeKind[] = [
  'key',
  'key',
  'key',
  'user',
  'team',
  'team',
  'organization',
  'customer',
  'model',
  'gateway',
];

function limits(random: Random): Limits {
  return {
    rpm: random.chance(0.5) ? random.pick([0, 1, 3, 60, 1000, 7_919]) : null,
    tpm: random.chance(0.5) ? random.pick([1, 50, 1000, 90_001, 10_000_000_000]) : null,
    parallel: random.chance(0.5) ? random.pick([1, 2, 5, 8]) : null,
  };
}

function budget(random: Random, id: string, nowMs: number): Budget {
  const limitNanoUsd = random.pick([0, 1, 1000, 10_000, 25_000, 4_503_599_627_370_496]);
  const raised = { limitNanoUsd: limitNanoUsd * 2, untilMs: nowMs + random.between(1, 7_200_000) };
  return {
    id,
    limitNanoUsd,
    window: random.pick(budgetWindows),
    rolling: random.chance(0.5),
    models: null,
    raise: random.chance(0.2) ? raised : null,
    warnAt: random.chance(0.5) ? [0.25, 0.5, 1] : [],
  };
}

export function makeWorld(random: Random, nowMs: number): readonly Caps[] {
  return kinds.map((kind, at) => ({
    scope: { kind, id: `${kind}_${at}` },
    ...(random.chance(0.7) && { limits: limits(random) }),
    budgets: Array.from({ length: random.pick([0, 0, 1, 1, 2]) }, (_, nth) =>
      budget(random, `budget_${at}_${nth}`, nowMs),
    ),
  }));
}
