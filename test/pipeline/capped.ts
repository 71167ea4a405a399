/** A stage whose caller is held down, and what is left of that when its calls have ended. */
import { Access } from '../../src/identity/access.ts';
import type { KeyCaller } from '../../src/identity/caller.ts';
import type { Budget, Caps, Limits } from '../../src/ledger/caps.ts';
import { MemoryCounters } from '../../src/ledger/counters/memory-counters.ts';
import { keyWith } from '../storage/somewhere.ts';
import { type InProcessOptions, requestFor, type Stage, stageWith } from './in-process.ts';

export const budgetId = 'budget_of_the_tests';
/** A call is $0.10, whatever it says. */
const tenCents = { unknown: 'flag', models: { 'p/*': { perRequest: 0.1 } } } as const;
/** A dollar a thousand tokens. */
export const perToken = {
  unknown: 'flag',
  models: { 'p/*': { inputPerMTok: 1000, outputPerMTok: 1000 } },
} as const;

export function budgetOf(usd: number, fields: Partial<Budget> = {}): Budget {
  return {
    id: budgetId,
    limitNanoUsd: usd * 1e9,
    window: 'total',
    rolling: false,
    models: null,
    raise: null,
    warnAt: [],
    ...fields,
  };
}

export function limitsOf(limits: Partial<Limits>): Limits {
  return { rpm: null, tpm: null, parallel: null, ...limits };
}

export function keyCaps(caps: Partial<Caps>): Caps {
  return { scope: { kind: 'key', id: 'key_of_the_tests' }, budgets: [], ...caps };
}

const keyText = `sk-og-${'k'.repeat(32)}`;

export interface CappedStage extends Stage {
  readonly counters: MemoryCounters;
  request(path: string, body: unknown, init?: RequestInit): Request;
  /** Of the one budget, dollars. */
  money(): Promise<{ readonly spent: number; readonly reserved: number }>;
}

export function cappedStage(caps: readonly Caps[], options: InProcessOptions): CappedStage {
  const counters = new MemoryCounters({ load: async () => [] });
  const key = keyWith();
  const caller: KeyCaller = {
    keyId: key.id,
    secretHash: 'hash of the tests',
    key,
    role: 'member',
    reach: 'nothing',
    access: new Access([]),
    endsAtMs: undefined,
    caps,
  };
  const stage = stageWith({ counters, prices: tenCents, keys: { find: () => caller }, ...options });
  return {
    ...stage,
    counters,
    request: (path, body, init = {}) =>
      requestFor(path, body, {
        headers: { authorization: `Bearer ${keyText}`, 'content-type': 'application/json' },
        ...init,
      }),
    async money() {
      const [standing] = await counters.standing([budgetOf(0)], Date.now());
      const { spentNanoUsd = 0, reservedNanoUsd = 0 } = standing ?? {};
      return { spent: spentNanoUsd / 1e9, reserved: reservedNanoUsd / 1e9 };
    },
  };
}
