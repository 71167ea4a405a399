/** Whose the objects of providers are, as it is kept: by provider and id, the first to make one keeps it. */
import { afterEach, beforeEach, describe, test as every, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import type { UpstreamObject } from '../../src/identity/object-store.ts';
import { ObjectOwners } from '../../src/pipeline/objects/object-owners.ts';
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { somewhere } from './somewhere.ts';
import { type StoragePlace, storages } from './storages.ts';

function object(id: string, fields: Partial<UpstreamObject> = {}): UpstreamObject {
  return { provider: 'p', id, kind: 'file', owner: 'team_a', createdAtMs: 7, ...fields };
}

describe.each(storages)('%s', (_name, kind) => {
  const test = every.skipIf(kind.missing !== undefined);
  let place: StoragePlace;
  beforeEach(async () => {
    if (kind.missing === undefined) place = await kind.make();
  });
  afterEach(async () => {
    if (kind.missing === undefined) await place.remove();
  });
  const open = () => place.open();

  test('what is kept is found again, by another process too', async () => {
    await (await open()).objects.addObjects([
      object('x'),
      object('y', { provider: 'q', kind: "o'; --", owner: 'key_1' }),
    ]);
    const other = await open();
    expect(await other.objects.findObjects(['y', 'nobody', 'x', 'x'])).toEqual(
      expect.arrayContaining([object('x'), object('y', { provider: 'q', kind: "o'; --", owner: 'key_1' })]),
    );
    expect((await other.objects.findObjects(['x'])).length).toBe(1);
  });

  test('the first to make an object keeps it, at each provider', async () => {
    await (await open()).objects.addObjects([object('x')]);
    await (await open()).objects.addObjects([
      object('x', { owner: 'team_b' }),
      object('x', { owner: 'team_b', provider: 'q' }),
    ]);
    const found = (await (await open()).objects.findObjects(['x']))
      .map(({ provider, owner }) => `${provider} ${owner}`)
      .sort();
    expect(found).toEqual(['p team_a', 'q team_b']);
    await (await open()).objects.removeObject('p', 'x');
    expect((await (await open()).objects.findObjects(['x'])).map(({ provider }) => provider)).toEqual(['q']);
  });

  test('more ids are asked for than a statement takes', async () => {
    const ids = Array.from({ length: 3000 }, (_, at) => `id_${at}`);
    await (await open()).objects.addObjects(ids.map((id) => object(id)));
    expect((await (await open()).objects.findObjects(ids)).length).toBe(3000);
  });

  test('many that are made at once, by two gateways in two orders, are all there', async () => {
    const ids = Array.from({ length: 200 }, (_, at) => `id_${at}`);
    const [one, two] = [await open(), await open()];
    await Promise.all([
      one.objects.addObjects(ids.map((id) => object(id))),
      two.objects.addObjects(ids.toReversed().map((id) => object(id, { owner: 'team_b' }))),
    ]);
    expect((await one.objects.findObjects(ids)).length).toBe(200);
  });
});

test('until something is kept nothing is made, nor by a deletion', async () => {
  const place = somewhere();
  const storage = new SqliteStorage({ databasePath: place.databasePath, secret: undefined });
  expect(await storage.objects.findObjects(['x'])).toEqual([]);
  await storage.objects.removeObject('p', 'x');
  expect(existsSync(place.databasePath)).toBe(false);
  storage.close();
  place.remove();
});

test('those made at once are written at once, and found while they are on their way', async () => {
  let writes = 0;
  const kept: UpstreamObject[] = [];
  const counting = {
    findObjects: async (ids: readonly string[]) => kept.filter(({ id }) => ids.includes(id)),
    removeObject: async () => {},
    addObjects: async (objects: readonly UpstreamObject[]) => {
      writes++;
      await Bun.sleep(5);
      kept.push(...objects);
    },
  };
  const owners = new ObjectOwners(counting, { event: () => {} });
  const first = Array.from({ length: 50 }, (_, at) => owners.remember([object(`a_${at}`)]));
  await Bun.sleep(1);
  const second = Array.from({ length: 50 }, (_, at) => owners.remember([object(`b_${at}`)]));
  expect((await owners.find(['a_0', 'b_49'])).map(({ id }) => id)).toEqual(['a_0', 'b_49']);
  await Promise.all([...first, ...second]);
  expect(writes).toBe(2);
});

test('what cannot be written lasts as long as the process, and is complained of', async () => {
  const events: string[] = [];
  const broken = {
    findObjects: async () => [],
    addObjects: async () => {
      throw new Error('disk full');
    },
    removeObject: async () => {
      throw new Error('disk full');
    },
  };
  const owners = new ObjectOwners(broken, { event: (_level, event) => events.push(event) });
  await owners.remember([object('x')]);
  expect(await owners.find(['x'])).toEqual([object('x')]);
  await owners.forget('p', 'x');
  expect(await owners.find(['x'])).toEqual([]);
  expect(events).toEqual(['objects.not_kept']);
});
