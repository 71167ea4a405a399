/** Records are committed in groups; whoever waits is released when theirs is durable, and not before. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import type { CallRecord } from '../../src/ledger/call-record.ts';
import { Ledger, type WhenUnavailable } from '../../src/ledger/ledger.ts';
import { recordWith } from './records.ts';

interface Disk {
  readonly groups: (readonly CallRecord[])[];
  /** Of each group: whether some of it may be there already. */
  readonly again: boolean[];
  /** What the next commits do. */
  plan: () => void | Promise<void>;
}

function stage(whenUnavailable: WhenUnavailable = 'refuse', isUnmade = false, isQuiet?: () => boolean) {
  const disk: Disk = { groups: [], again: [], plan: () => undefined };
  const released: CallRecord[] = [];
  const standings: (string | undefined)[] = [];
  let lost = 0;
  const ledger = new Ledger({
    store: {
      isUnmade,
      commit(records, again = false) {
        const done = disk.plan();
        disk.groups.push(records);
        disk.again.push(again);
        return done;
      },
      spent: async () => [],
      usage: async () => [],
    },
    whenUnavailable,
    onReleased: (record) => released.push(record),
    onStanding: (failure) => standings.push(failure?.message),
    onLost: (records) => {
      lost += records;
    },
    retryMs: 5,
    ...(isQuiet !== undefined && { isQuiet }),
  });
  return { ledger, disk, released, standings, lost: () => lost };
}

function full(): never {
  throw new GatewayError('storage_unavailable', 'The disk is full.');
}

const codeOf = (promise: Promise<void> | undefined) =>
  promise?.then(
    () => 'kept',
    (thrown: unknown) => (thrown instanceof GatewayError ? thrown.code : String(thrown)),
  );

test('what comes in one turn is one group', async () => {
  const { ledger, disk, released } = stage();
  const records = [recordWith(), recordWith(), recordWith()];
  await Promise.all(records.map((record) => ledger.append(record)));
  expect(disk.groups).toEqual([records]);
  expect(released).toEqual(records);
});

test('nobody is released before their group is durable, and what comes meanwhile is the next group', async () => {
  const { ledger, disk, released } = stage();
  const first = Promise.withResolvers<void>();
  disk.plan = () => first.promise;
  let isReleased = false;
  const waiting = ledger.append(recordWith())?.then(() => {
    isReleased = true;
  });
  await Bun.sleep(20);
  disk.plan = () => undefined;
  const later = [recordWith(), recordWith()].map((record) => ledger.append(record));
  await Bun.sleep(20);
  expect({ isReleased, released: released.length, groups: disk.groups.length }).toEqual({
    isReleased: false,
    released: 0,
    groups: 1,
  });
  first.resolve();
  await waiting;
  await Promise.all(later);
  expect(disk.groups.map(({ length }) => length)).toEqual([1, 2]);
});

test('a call that cost nothing does not wait for the first database; one that cost something does', async () => {
  const { ledger, disk } = stage('refuse', true);
  expect(ledger.append(recordWith({ costNanoUsd: 0 }))).toBeUndefined();
  expect(ledger.append(recordWith({ costNanoUsd: undefined }))).toBeUndefined();
  await ledger.append(recordWith({ costNanoUsd: 1 }));
  expect(disk.groups.map(({ length }) => length)).toEqual([3]);
});

test('one that costs something is not held up by one before it that may wait', async () => {
  const { ledger, disk } = stage('refuse', true);
  ledger.append(recordWith({ costNanoUsd: 0 }));
  const turns = { passed: 0 };
  const kept = ledger.append(recordWith({ costNanoUsd: 1 }));
  // Of the event loop: it is a matter of a few, not of time.
  while (disk.groups.length === 0 && turns.passed < 10) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    turns.passed++;
  }
  await kept;
  expect(turns.passed).toBeLessThan(10);
});

describe('few that call over and over', () => {
  const several = (count: number) => Array.from({ length: count }, () => recordWith());

  test('are written as soon as all of them wait and nobody else is on the way', async () => {
    let isQuiet = false;
    const { ledger, disk } = stage('refuse', false, () => isQuiet);
    await Promise.all(several(8).map((record) => ledger.append(record)));
    expect(disk.groups.map(({ length }) => length)).toEqual([8]);
    isQuiet = true;
    const second = several(8).map((record) => ledger.append(record));
    expect(disk.groups.map(({ length }) => length)).toEqual([8, 8]);
    await Promise.all(second);
    isQuiet = false;
    const third = several(8).map((record) => ledger.append(record));
    expect(disk.groups.length).toBe(2);
    await Promise.all(third);
    expect(disk.groups.map(({ length }) => length)).toEqual([8, 8, 8]);
  });

  test('are waited for where fewer have come than before', async () => {
    let isQuiet = false;
    const { ledger, disk } = stage('refuse', false, () => isQuiet);
    await Promise.all(several(8).map((record) => ledger.append(record)));
    isQuiet = true;
    const fewer = several(5).map((record) => ledger.append(record));
    expect(disk.groups.length).toBe(1);
    await Promise.all(fewer);
    expect(disk.groups.map(({ length }) => length)).toEqual([8, 5]);
  });
});

describe('a commit that fails', () => {
  for (const how of ['throws', 'rejects'] as const)
    test(`where it ${how}, the reply is refused, calls are refused, and all is kept once it works again`, async () => {
      const { ledger, disk, released, standings } = stage();
      disk.plan = () => (how === 'throws' ? full() : Promise.reject(new Error('the disk is full')));
      const record = recordWith();
      expect(await codeOf(ledger.append(record))).toBe('storage_unavailable');
      expect(() => ledger.check()).toThrow(GatewayError);
      expect(released.map(({ status, error }) => [status, error?.code])).toEqual([
        [503, 'storage_unavailable'],
      ]);
      expect(await codeOf(ledger.append(recordWith()))).toBe('storage_unavailable');
      disk.plan = () => undefined;
      disk.groups.length = 0;
      disk.again.length = 0;
      while (standings.length < 2) await Bun.sleep(1);
      expect(() => ledger.check()).not.toThrow();
      expect(disk.groups.flat().map(({ requestId, status }) => [requestId, status])[0]).toEqual([
        record.requestId,
        503,
      ]);
      expect(disk.groups.flat().length).toBe(2);
      expect(standings.at(-1)).toBeUndefined();
      expect(await codeOf(ledger.append(recordWith()))).toBe('kept');
      // What was tried before may be there after all; what is new cannot be.
      expect(disk.again).toEqual([true, false]);
    });

  test('under `allow` calls go on, and are kept later', async () => {
    const { ledger, disk, released, standings } = stage('allow');
    disk.plan = full;
    expect(await codeOf(ledger.append(recordWith()))).toBe('kept');
    expect(() => ledger.check()).not.toThrow();
    expect(ledger.append(recordWith())).toBeUndefined();
    expect(released.map(({ status }) => status)).toEqual([200, 200]);
    disk.plan = () => undefined;
    while (standings.length < 2) await Bun.sleep(1);
    expect(disk.groups.flat().length).toBe(2);
  });

  test('what can never be kept is counted', async () => {
    const { ledger, disk, lost } = stage('allow');
    disk.plan = full;
    await ledger.append(recordWith());
    for (let call = 0; call < 10_004; call++) void ledger.append(recordWith());
    expect(lost()).toBe(5);
    await ledger.close();
    expect(lost()).toBe(10_005);
  });
});

test('closing writes what waits', async () => {
  const { ledger, disk } = stage();
  const waiting = ledger.append(recordWith());
  await ledger.close();
  await waiting;
  expect(disk.groups.flat().length).toBe(1);
});
