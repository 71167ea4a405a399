/** Counting in Redis, against the same reference. */
import { afterAll, beforeAll, describe } from 'bun:test';
import { Secret } from '../../../src/core/secret.ts';
import { RedisCounters } from '../../../src/storage/redis/redis-counters.ts';
import { modelSuite } from '../../ledger/counters/model-suite.ts';
import { redisUrl, whyNoRedis } from '../../support/redis.ts';
import { ModelJournal } from './model-journal.ts';

const reason = whyNoRedis();
const title = reason === undefined ? 'redis' : `redis (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(title, () => {
  let shared: { readonly url: string; stop(): Promise<void> } | undefined;
  beforeAll(async () => {
    shared = await redisUrl();
  });
  afterAll(() => shared?.stop());

  modelSuite(
    'in Redis',
    async (load) => {
      const url = new Secret(shared?.url ?? '');
      const namespace = crypto.randomUUID();
      const journal = new ModelJournal(load);
      const counters = await RedisCounters.open({
        ...{ url, namespace, clock: 'claim', timeoutMs: 5000 },
        load: (budgetId, sinceMs) => journal.moved(budgetId, sinceMs),
      });
      return {
        counters: journal.before(counters),
        held: () => counters.held(),
        close: () => counters.close(),
      };
    },
    { seeds: 30, steps: 300, timeoutMs: 60_000 },
  );
});
