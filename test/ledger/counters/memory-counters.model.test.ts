/** Counting in this process, against the reference. */
import { MemoryCounters } from '../../../src/ledger/counters/memory-counters.ts';
import { modelSuite } from './model-suite.ts';

modelSuite(
  'in this process',
  (load) => {
    const counters = new MemoryCounters({ load });
    return { counters, held: () => counters.size.held };
  },
  { seeds: 80, steps: 500 },
);
