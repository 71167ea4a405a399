/** Keys in memory: found at once the second time, gone with every change, and never kept from before one. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { AddressRanges } from '../../src/identity/address-ranges.ts';
import type { KeyCaller } from '../../src/identity/caller.ts';
import { ChangeFeed } from '../../src/identity/changes.ts';
import type { EntityKind, EntityOf } from '../../src/identity/entity.ts';
import type { IdentityStore } from '../../src/identity/identity-store.ts';
import { KeyRing } from '../../src/identity/key-ring.ts';
import { hintOf, isKeyText, newKeyText, scrubKeys } from '../../src/identity/key-text.ts';
import { keyWith, teamWith, userWith } from '../storage/somewhere.ts';

const text = `sk-og-${'k'.repeat(32)}`;

/** One key, and what it belongs to; counts how often it is asked. */
function storeOf(key: EntityOf['key'], ...others: readonly { readonly id: string }[]) {
  const all = new Map<string, unknown>([key, ...others].map((entity) => [entity.id, entity]));
  const counts = { asked: 0 };
  const changes = new ChangeFeed();
  const store = {
    changes,
    keyedHash: (said: string) => `hash of ${said}`,
    async findSecret(hash: string) {
      counts.asked++;
      return hash === `hash of ${text}`
        ? { hash, keyId: key.id, createdAtMs: 0, expiresAtMs: null }
        : undefined;
    },
    find: async (_kind: EntityKind, id: string) => all.get(id),
  } as unknown as IdentityStore;
  return { store, counts, all, changes };
}

test('is looked up once, then found without a promise', async () => {
  const { store, counts } = storeOf(keyWith());
  const ring = new KeyRing(store);
  const first = ring.find(text);
  expect(first).toBeInstanceOf(Promise);
  const second = await first;
  expect(ring.find(text)).toBe(second);
  expect(counts.asked).toBe(1);
});

test('is asked for again after any change', async () => {
  const { store, counts, all, changes } = storeOf(keyWith());
  const ring = new KeyRing(store);
  await ring.find(text);
  changes.hear();
  all.clear();
  expect(await ring.find(text)).toBeUndefined();
  expect(counts.asked).toBe(2);
});

test('is not kept from a look-up that a change overtook', async () => {
  const { store, changes } = storeOf(keyWith());
  const ring = new KeyRing(store);
  const underway = ring.find(text);
  changes.hear();
  await underway;
  expect(ring.find(text)).toBeInstanceOf(Promise);
});

describe('while changes may be missed', () => {
  function deaf() {
    const stored = storeOf(keyWith());
    const clock = { nowMs: 1_000_000 };
    const ring = new KeyRing(stored.store, () => clock.nowMs);
    return { ...stored, clock, ring };
  }

  test('a key is asked for again, at most once a second, and gone once it is gone', async () => {
    const { ring, changes, counts, clock, all } = deaf();
    await ring.find(text);
    changes.isDeaf = true;
    expect(await ring.find(text)).toBeDefined();
    expect(counts.asked).toBe(2);
    expect(ring.find(text)).not.toBeInstanceOf(Promise);
    all.clear();
    clock.nowMs += 1000;
    expect(await ring.find(text)).toBeUndefined();
    changes.isDeaf = false;
    expect(await ring.find(text)).toBeUndefined();
  });

  test('a key that is known stays good where nobody answers; another failure is one', async () => {
    const { ring, changes, store, clock } = deaf();
    const known = await ring.find(text);
    changes.isDeaf = true;
    Object.assign(store, {
      findSecret: () => Promise.reject(new GatewayError('storage_unavailable', 'away')),
    });
    for (let at = 0; at < 3; at++) {
      expect(await ring.find(text)).toBe(known);
      clock.nowMs += 1000;
    }
    Object.assign(store, { findSecret: () => Promise.reject(new Error('a defect')) });
    await expect(ring.find(text)).rejects.toThrow('a defect');
  });
});

test('word goes to whoever listens; what was heard is not passed on', () => {
  const feed = new ChangeFeed();
  const heard: string[] = [];
  const end = feed.subscribe(() => heard.push('listener'));
  const endRelay = feed.relay(() => heard.push('relay'));
  feed.hear();
  feed.publish();
  end();
  feed.publish();
  endRelay();
  feed.publish();
  expect(heard).toEqual(['listener', 'listener', 'relay', 'relay']);
});

test('what is no key is not even looked for', () => {
  const { store, counts } = storeOf(keyWith());
  const ring = new KeyRing(store);
  for (const said of [
    '',
    'sk-og-',
    text.slice(1),
    `${text}x`,
    text.replace('k', ' '),
    `${text}\n`,
    "' OR 1=1",
  ])
    expect(ring.find(said)).toBeUndefined();
  expect(counts.asked).toBe(0);
});

test('is nothing once something it belongs to is gone', async () => {
  const team = teamWith();
  const { store, all } = storeOf(keyWith({ teamId: team.id }), team);
  expect(await new KeyRing(store).find(text)).toBeDefined();
  all.delete(team.id);
  expect(await new KeyRing(store).find(text)).toBeUndefined();
});

const at = (address: string | undefined) => ({ address: () => address });

test('is as restricted as all it belongs to together', async () => {
  const team = teamWith({ models: ['a*'], disabled: true });
  const user = userWith({ teamId: team.id, models: ['*b'], allowedIps: ['10.0.0.0/8'] });
  const { store } = storeOf(keyWith({ teamId: team.id, userId: user.id, role: 'team_admin' }), team, user);
  const { access, role } = (await new KeyRing(store).find(text)) as KeyCaller;
  const may = (asked: string) => access.allowsModel({ asked, names: [], provider: 'p' });
  expect(['ab', 'a', 'b'].map(may)).toEqual([true, false, false]);
  expect(access.isDisabled).toBe(true);
  expect([access.allowsAddress(at('10.1.1.1')), access.allowsAddress(at('11.1.1.1'))]).toEqual([true, false]);
  expect(access.allowsAddress(at(undefined))).toBe(false);
  expect(role).toBe('member');
  expect(new AddressRanges([]).has('10.0.0.1')).toBe(false);
});

test('memory is bounded, and the oldest is forgotten first', async () => {
  const { store } = storeOf(keyWith());
  const every = {
    ...store,
    findSecret: async (hash: string) => ({ hash, keyId: 'k', createdAtMs: 0, expiresAtMs: null }),
    find: async () => keyWith(),
  };
  const ring = new KeyRing(every as unknown as IdentityStore);
  const texts = Array.from({ length: 10_001 }, (_, at) => `sk-og-${String(at).padStart(32, '0')}`);
  for (const said of texts) await ring.find(said);
  expect(ring.find(texts[0] ?? '')).toBeInstanceOf(Promise);
  expect(ring.find(texts.at(-1) ?? '')).not.toBeInstanceOf(Promise);
});

test('a text is drawn evenly and never twice, and hidden wherever it stands', () => {
  const drawn = Array.from({ length: 3000 }, () => newKeyText(false));
  expect(new Set(drawn).size).toBe(drawn.length);
  expect(drawn.every(isKeyText) && isKeyText(newKeyText(true))).toBe(true);
  const counts = Map.groupBy(drawn.join('').replaceAll('sk-og-', ''), (letter) => letter);
  expect(counts.size).toBe(62);
  for (const letters of counts.values()) {
    expect(letters.length).toBeGreaterThan(1200);
    expect(letters.length).toBeLessThan(1900);
  }
  expect(scrubKeys(`a ${text} "${newKeyText(true)}" b`)).toBe('a [redacted] "[redacted]" b');
  expect(hintOf(text)).toBe('sk-og-…kkkk');
});
