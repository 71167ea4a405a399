/** What an owner keeps for its workers: what the dead held comes back, the ledger and the counts agree, all hear of changes. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { ChangeFeed } from '../../src/identity/changes.ts';
import type { CallRecord } from '../../src/ledger/call-record.ts';
import type { Claim, Counters, Grant, Outcome } from '../../src/ledger/counters.ts';
import type { LedgerStore } from '../../src/ledger/ledger-store.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { snapshotOf, sumOf } from '../../src/telemetry/metrics-snapshot.ts';
import { OwnedCounters } from '../../src/workers/owned-counters.ts';
import { OwnedLedger } from '../../src/workers/owned-ledger.ts';
import { Owner } from '../../src/workers/owner.ts';
import { connected } from './channel.ts';
import { recordOf } from './record.ts';

const claim = (id: string): Claim => ({ id, nowMs: 1, caps: [], tokens: 1, costNanoUsd: 5 });
const outcome = (costNanoUsd: number): Outcome => ({ nowMs: 2, tokens: 3, costNanoUsd });
const turns = () => Bun.sleep(5);

function stage(commit: LedgerStore['commit'] = () => {}) {
  const settled: [string, number, number][] = [];
  const groups: (readonly CallRecord[])[] = [];
  const agains: boolean[] = [];
  const reserving: Promise<void>[] = [];
  const counters: Counters = {
    reserve: ({ id }) => {
      const grant: Grant = { id, charges: [{ budgetId: 'budget_1', bucketStartMs: 0 }], warnings: [] };
      const [wait] = reserving;
      return wait === undefined ? grant : wait.then(() => grant);
    },
    settle: ({ id }, { tokens, costNanoUsd }) => void settled.push([id, tokens, costNanoUsd]),
    standing: async () => [],
  };
  const ledger: LedgerStore = {
    commit: (records, again = false) => {
      groups.push(records);
      agains.push(again);
      return commit(records);
    },
    spent: async () => [{ bucketStartMs: 1, spentNanoUsd: 2 }],
    usage: async () => [],
  };
  const changes = new ChangeFeed();
  const owner = new Owner({ counters, ledger, place: { isUnmade: false }, changes });
  const worker = () => {
    const { wire, membership, sent } = connected(owner);
    const [own, kept] = [new OwnedCounters(wire), new OwnedLedger(wire)];
    return { counters: own, ledger: kept, leave: () => membership.leave(), sent, wire };
  };
  return { owner, worker, settled, groups, agains, changes, reserving };
}

describe('money is spent when the ledger has it', () => {
  test('told first, kept after', async () => {
    const { worker, settled } = stage();
    const { counters, ledger, leave } = worker();
    const grant = await counters.reserve(claim('a'));
    counters.settle(grant, outcome(4));
    await turns();
    expect(settled).toEqual([]);
    await ledger.commit([recordOf('a')]);
    expect(settled).toEqual([['a', 3, 4]]);
    counters.settle(grant, outcome(4));
    await turns();
    // Passed on, for the counters to see that it is over.
    expect([settled.length, await leave()]).toEqual([2, 0]);
  });

  test('kept first, told after', async () => {
    const { worker, settled } = stage();
    const { counters, ledger, leave } = worker();
    const grant = await counters.reserve(claim('a'));
    await ledger.commit([recordOf('a')]);
    expect(settled).toEqual([]);
    counters.settle(grant, outcome(4));
    await turns();
    expect([settled, await leave()]).toEqual([[['a', 3, 4]], 0]);
  });

  test('a call that cost nothing waits for no ledger', async () => {
    const { worker, settled } = stage();
    const { counters } = worker();
    counters.settle(await counters.reserve(claim('a')), outcome(0));
    await turns();
    expect(settled).toEqual([['a', 3, 0]]);
  });
});

describe('a worker that dies', () => {
  test('gives back what it held, and only it; what the ledger has of it is spent', async () => {
    const { worker, settled } = stage();
    const [dead, other] = [worker(), worker()];
    await dead.counters.reserve(claim('open'));
    const told = await dead.counters.reserve(claim('told, not kept'));
    await dead.counters.reserve(claim('kept, not told'));
    await other.counters.reserve(claim('of another'));
    dead.counters.settle(told, outcome(9));
    await dead.ledger.commit([recordOf('kept, not told')]);
    expect(await dead.leave()).toBe(3);
    expect(settled).toEqual([
      ['open', 0, 0],
      ['told, not kept', 0, 0],
      ['kept, not told', 30, 4],
    ]);
    expect(await dead.leave()).toBe(0);
  });

  test('while its commit is under way: it is spent once that is done', async () => {
    const writing = Promise.withResolvers<void>();
    const { worker, settled } = stage(() => writing.promise);
    const { counters, ledger, leave } = worker();
    counters.settle(await counters.reserve(claim('a')), outcome(4));
    ledger.commit([recordOf('a')]).catch(() => {});
    await turns();
    const left = leave();
    writing.resolve();
    expect(await left).toBe(0);
    expect(settled).toEqual([['a', 3, 4]]);
  });

  test('while a grant is worked out: it is given back as soon as it is there', async () => {
    const { worker, settled, reserving } = stage();
    const loading = Promise.withResolvers<void>();
    reserving.push(loading.promise);
    const { counters, leave } = worker();
    counters.reserve(claim('a')).catch(() => {});
    await turns();
    expect(await leave()).toBe(0);
    loading.resolve();
    await turns();
    expect(settled).toEqual([['a', 0, 0]]);
  });
});

describe('the ledger', () => {
  test('gets what several workers hand over in a turn as one group', async () => {
    const { worker, groups } = stage();
    const workers = [worker(), worker(), worker()];
    const error = new GatewayError('upstream_timeout', 'Too late.', { cause: 'private' });
    await Promise.all(
      workers.map(({ ledger }, nth) => ledger.commit([recordOf(`${nth}`, nth === 0 ? { error } : {})])),
    );
    expect(groups.map((group) => group.map(({ requestId }) => requestId))).toEqual([['0', '1', '2']]);
    expect(groups[0]?.[0]?.error).toBeInstanceOf(GatewayError);
    expect(groups[0]?.[0]?.error).toMatchObject({ code: 'upstream_timeout', message: 'Too late.' });
    expect(groups[0]?.[1]).toEqual(recordOf('1'));
    expect(await workers[0]?.ledger.spent('budget_1', 0)).toEqual([{ bucketStartMs: 1, spentNanoUsd: 2 }]);
  });

  test('is told which of it may be there already: all of a group, where that is so for one', async () => {
    const { worker, groups, agains } = stage();
    const [one, other] = [worker(), worker()];
    await one.ledger.commit([recordOf('a')]);
    await Promise.all([one.ledger.commit([recordOf('b')], true), other.ledger.commit([recordOf('c')])]);
    await one.ledger.commit([recordOf('d')]);
    expect(groups.map((records) => records.map(({ requestId }) => requestId))).toEqual([
      ['a'],
      ['b', 'c'],
      ['d'],
    ]);
    expect(agains).toEqual([false, true, false]);
  });

  test('says to each what it could not keep, and goes on', async () => {
    let fails = true;
    const { worker } = stage(() => {
      if (fails) throw new GatewayError('storage_unavailable', 'The disk is full.');
    });
    const [one, other] = [worker(), worker()];
    const failed = await Promise.allSettled([one, other].map(({ ledger }) => ledger.commit([recordOf('a')])));
    const reason = { code: 'storage_unavailable', message: 'The disk is full.' };
    expect(failed).toMatchObject([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    fails = false;
    await one.ledger.commit([recordOf('b')]);
  });
});

test('a change is told to all others and the owner, and to nobody twice', async () => {
  const { owner, changes } = stage();
  const heard: string[] = [];
  changes.subscribe(() => heard.push('owner'));
  const workers = ['a', 'b', 'c'].map((name) => connected(owner, { changed: () => void heard.push(name) }));
  workers[0]?.wire.tell('changed', null);
  await turns();
  expect(heard.sort()).toEqual(['b', 'c', 'owner']);
  await workers[1]?.membership.leave();
  workers[0]?.wire.tell('changed', null);
  await turns();
  expect(heard.sort()).toEqual(['b', 'c', 'c', 'owner', 'owner']);
});

test('metrics are the sum of all workers, those that are gone as they were last, and never go down', async () => {
  const { owner } = stage();
  const all = Array.from({ length: 3 }, () => {
    const metrics = new Metrics();
    metrics.inFlight = 2;
    metrics.record(recordOf('a', { costNanoUsd: 2 ** 53 - 1 }));
    return { metrics, ...connected(owner, { metrics: () => snapshotOf(metrics, 1000) }) };
  });
  const told = async () => {
    const answer = await all[2]?.wire.ask('metrics', null);
    const [series] = sumOf(answer === undefined ? [] : [answer]).series;
    return [
      series?.statuses.get(200),
      series?.latency.count,
      String(series?.costNanoUsd.value),
      answer?.inFlight,
    ];
  };
  const cost = (calls: number) => String(BigInt(2 ** 53 - 1) * BigInt(calls));
  expect(await told()).toEqual([3, 3, cost(3), 6]);
  await all[0]?.membership.leave();
  expect(await told()).toEqual([3, 3, cost(3), 4]);
  all[1]?.metrics.record(recordOf('b', { costNanoUsd: 0 }));
  await all[1]?.wire.ask('goodbye', snapshotOf(all[1].metrics, 1000));
  await all[1]?.membership.leave();
  expect(await told()).toEqual([4, 4, cost(3), 2]);
});

test('nothing that is counted is left out of the sum', () => {
  const metrics = new Metrics();
  const names = Object.keys(metrics).filter((name) => name !== 'series');
  expect(names.length).toBeGreaterThan(0);
  expect(Object.keys(snapshotOf(metrics, 0))).toEqual(expect.arrayContaining(names));
  metrics.refused('key', 'rpm');
  metrics.budgetWarned('team');
  const { refusals, budgetWarnings } = sumOf([snapshotOf(metrics, 0), snapshotOf(metrics, 0)]);
  expect([[...refusals], [...budgetWarnings]]).toEqual([[['key rpm', 2]], [['team', 2]]]);
});
