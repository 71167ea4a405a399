/** Counting in an owner, asked over a channel between processes, against the same reference as counting in this one. */
import { join } from 'node:path';
import { ChangeFeed } from '../../src/identity/changes.ts';
import { MemoryCounters } from '../../src/ledger/counters/memory-counters.ts';
import type { Counters } from '../../src/ledger/counters.ts';
import type { LedgerStore } from '../../src/ledger/ledger-store.ts';
import { OwnedCounters } from '../../src/workers/owned-counters.ts';
import { OwnedLedger } from '../../src/workers/owned-ledger.ts';
import { Owner } from '../../src/workers/owner.ts';
import { Wire } from '../../src/workers/wire.ts';
import { modelSuite } from '../ledger/counters/model-suite.ts';
import { recordOf } from './record.ts';

const ledger: LedgerStore = { commit: () => {}, spent: async () => [], usage: async () => [] };

modelSuite(
  'in an owner process',
  (load) => {
    const memory = new MemoryCounters({ load });
    const owner = new Owner({
      counters: memory,
      ledger,
      place: { isUnmade: false },
      changes: new ChangeFeed(),
    });
    const mirror = Bun.spawn([process.execPath, join(import.meta.dir, 'mirror.ts')], {
      serialization: 'json',
      stdio: ['ignore', 'inherit', 'inherit'],
      ipc: ([to, message]: ['owner' | 'worker', unknown]) =>
        (to === 'owner' ? membership.wire : wire).receive(message),
    });
    const membership = owner.join((message) => mirror.send(['worker', message]));
    const wire = new Wire((message) => mirror.send(['owner', message]), {});
    const [owned, kept] = [new OwnedCounters(wire), new OwnedLedger(wire)];
    // As a worker does it: what a call cost goes to the ledger, too.
    const counters: Counters = {
      reserve: (claim) => owned.reserve(claim),
      standing: (budgets, nowMs) => owned.standing(budgets, nowMs),
      settle: async (grant, outcome) => {
        const { costNanoUsd, nowMs } = outcome;
        await kept.commit([recordOf(grant.id, { costNanoUsd, endedAtMs: nowMs })]);
        owned.settle(grant, outcome);
      },
    };
    return {
      counters,
      held: () => memory.size.held,
      close: async () => {
        mirror.kill();
        await mirror.exited;
      },
    };
  },
  { seeds: 80, steps: 500, timeoutMs: 30_000 },
);
