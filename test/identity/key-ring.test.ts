/** Keys in memory: found at once the second time, gone with every change, and never kept from before one. */
import { expect, test } from 'bun:test';
import { AddressRanges } from '../../src/identity/address-ranges.ts';
import type { KeyCaller } from '../../src/identity/caller.ts';
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
  const store = {
    keyedHash: (said: string) => `hash of ${said}`,
    async findSecret(hash: string) {
      counts.asked++;
      return hash === `hash of ${text}`
        ? { hash, keyId: key.id, createdAtMs: 0, expiresAtMs: null }
        : undefined;
    },
    find: async (_kind: EntityKind, id: string) => all.get(id),
  } as unknown as IdentityStore;
  return { store, counts, all };
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
  const { store, counts, all } = storeOf(keyWith());
  const ring = new KeyRing(store);
  await ring.find(text);
  ring.forget();
  all.clear();
  expect(await ring.find(text)).toBeUndefined();
  expect(counts.asked).toBe(2);
});

test('is not kept from a look-up that a change overtook', async () => {
  const { store } = storeOf(keyWith());
  const ring = new KeyRing(store);
  const underway = ring.find(text);
  ring.forget();
  await underway;
  expect(ring.find(text)).toBeInstanceOf(Promise);
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

test('is as restricted as all it belongs to together', async () => {
  const team = teamWith({ models: ['a*'], disabled: true });
  const user = userWith({ teamId: team.id, models: ['*b'], allowedIps: ['10.0.0.0/8'] });
  const { store } = storeOf(keyWith({ teamId: team.id, userId: user.id, role: 'team_admin' }), team, user);
  const { access, role } = (await new KeyRing(store).find(text)) as KeyCaller;
  const may = (asked: string) => access.allowsModel({ asked, names: [], provider: 'p' });
  expect(['ab', 'a', 'b'].map(may)).toEqual([true, false, false]);
  expect(access.isDisabled).toBe(true);
  expect([access.allowsAddress(() => '10.1.1.1'), access.allowsAddress(() => '11.1.1.1')]).toEqual([
    true,
    false,
  ]);
  expect(access.allowsAddress(() => undefined)).toBe(false);
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
