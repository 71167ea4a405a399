/** Calls that are open end with their key, whatever becomes of it, and those of other keys go on. */
import { expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { Access } from '../../src/identity/access.ts';
import type { KeyCaller } from '../../src/identity/caller.ts';
import { root } from '../../src/identity/caller.ts';
import { ChangeFeed } from '../../src/identity/changes.ts';
import { OpenCalls } from '../../src/pipeline/open-calls.ts';
import { TimerWheel } from '../../src/upstream/timer-wheel.ts';
import { keyWith } from '../storage/somewhere.ts';
import { eventually } from '../support/eventually.ts';

function callerWith(secretHash: string, more: Partial<KeyCaller> = {}, disabled = false): KeyCaller {
  const key = keyWith();
  const { models, providers, endpoints, allowedIps } = key;
  const restrictions = { models, providers, endpoints, allowedIps };
  const access = new Access([{ kind: 'key', id: key.id, disabled, restrictions, addresses: undefined }]);
  const endsAtMs = undefined;
  return {
    keyId: key.id,
    key,
    secretHash,
    role: 'member',
    reach: 'nothing',
    access,
    endsAtMs,
    ...more,
  };
}

function stage() {
  const now = new Map<string, KeyCaller | Promise<KeyCaller | undefined>>();
  const changes = new ChangeFeed();
  const wheel = new TimerWheel();
  const asked: string[] = [];
  const open = new OpenCalls(
    {
      recall: (hash) => {
        asked.push(hash);
        return now.get(hash);
      },
    },
    changes,
    wheel,
  );
  const opened = (caller: KeyCaller) => {
    const told: string[] = [];
    const call = { revoke: (why: GatewayError) => void told.push(why.code) };
    open.add(caller, call);
    return { call, told };
  };
  return { now, changes, wheel, open, opened, asked };
}

const later: [what: string, now: () => KeyCaller | undefined, code: string][] = [
  ['revoked', () => undefined, 'invalid_api_key'],
  ['disabled', () => callerWith('a', {}, true), 'key_disabled'],
  ['rotated away', () => callerWith('a', { endsAtMs: Date.now() - 1 }), 'key_expired'],
  ['given a new end that comes', () => callerWith('a', { endsAtMs: Date.now() + 300 }), 'key_expired'],
];
test.each(later)('a key that was %s ends what it opened, once', async (_what, become, code) => {
  const { now, changes, opened, wheel, open } = stage();
  const [a, b] = [callerWith('a'), callerWith('b')];
  now.set('a', a).set('b', b);
  const [first, second, other] = [opened(a), opened(a), opened(b)];
  expect([first.told, second.told, other.told]).toEqual([[], [], []]);
  const then = become();
  if (then === undefined) now.delete('a');
  else now.set('a', then);
  changes.hear();
  await eventually(() => first.told.length > 0 && second.told.length > 0, 'the end of both');
  open.remove(a, first.call);
  open.remove(a, second.call);
  expect([first.told[0], second.told[0], other.told]).toEqual([code, code, []]);
  open.remove(b, other.call);
  await eventually(() => wheel.size === 0, 'nothing left on the wheel');
});

test('one that ends in mid-stream needs no change to be noticed', async () => {
  const { now, opened } = stage();
  const a = callerWith('a', { endsAtMs: Date.now() + 200 });
  now.set('a', a);
  const { told } = opened(a);
  expect(told).toEqual([]);
  await eventually(() => told[0] === 'key_expired', 'the end');
});

test('a key that changed between being let in and being open is asked for again', async () => {
  const { now, opened } = stage();
  const before = callerWith('a');
  now.set('a', callerWith('a', {}, true));
  expect(opened(before).told).toEqual(['key_disabled']);
  now.set('b', Promise.resolve(undefined));
  const { told } = opened(callerWith('b'));
  await eventually(() => told[0] === 'invalid_api_key', 'the end');
});

test('a storage that cannot be asked ends nothing, and is asked again', async () => {
  const { now, changes, opened, asked } = stage();
  const a = callerWith('a');
  now.set('a', a);
  const { told } = opened(a);
  const failing = Promise.reject(new GatewayError('storage_unavailable', 'no'));
  failing.catch(() => {});
  now.set('a', failing);
  changes.hear();
  await eventually(() => asked.length === 2, 'a look-up that fails');
  expect(told).toEqual([]);
  now.delete('a');
  await eventually(() => told[0] === 'invalid_api_key', 'the end');
});

test('while word may be missed, keys are asked for again without any', async () => {
  const { now, changes, opened } = stage();
  const a = callerWith('a');
  now.set('a', a);
  const { told } = opened(a);
  changes.isDeaf = true;
  now.delete('a');
  await eventually(() => told[0] === 'invalid_api_key', 'the end');
});

test('who has no key of their own is not in it', () => {
  const { open, wheel, asked } = stage();
  open.add(root, { revoke: () => {} });
  open.add(undefined, { revoke: () => {} });
  expect([wheel.size, asked]).toEqual([0, []]);
});
