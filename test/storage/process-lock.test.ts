/** One database has one gateway, however it is named and however the one before ended. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { StorageRefused } from '../../src/storage/storage-refused.ts';
import { type Somewhere, somewhere } from './somewhere.ts';

let place: Somewhere;
beforeAll(() => {
  place = somewhere();
});
afterAll(() => place.remove());

const open = (databasePath: string) => new SqliteStorage({ databasePath, secret: undefined, alone: true });

/** In a process of its own, as another gateway would be. */
async function holder(databasePath: string) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'database-holder.ts'), databasePath], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    timeout: 20_000,
  });
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe('held\n');
  return {
    stop: async () => {
      await child.stdin.end();
      expect(await child.exited).toBe(0);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

test('a second gateway is refused by any name of the database, until the first is gone', async () => {
  const { databasePath, directory } = place;
  const first = await holder(databasePath);
  symlinkSync(join(directory, 'data'), join(directory, 'linked'));
  mkdirSync(join(directory, 'other'));
  symlinkSync(databasePath, join(directory, 'other', 'mine.db'));
  const names = [
    databasePath,
    join(directory, 'data', '..', 'data', 'opengateway.db'),
    join(directory, 'linked', 'opengateway.db'),
  ];
  for (const name of names) expect(() => open(name)).toThrow(StorageRefused);
  expect(
    () =>
      new SqliteStorage({
        databasePath: join(directory, 'other', 'mine.db'),
        secret: undefined,
        alone: true,
      }),
  ).toThrow('another gateway is using it');
  // Who does not count calls may look.
  const reader = new SqliteStorage({ databasePath, secret: undefined });
  expect(await reader.list('key', { limit: 1 })).toEqual([]);
  reader.close();
  await first.stop();
  const second = open(databasePath);
  second.close();
});

test('a process that was killed leaves nothing that would hold up the next', async () => {
  const { databasePath, directory } = place;
  for (let round = 0; round < 3; round++) {
    const first = await holder(databasePath);
    expect(() => open(databasePath)).toThrow(StorageRefused);
    await first.kill();
  }
  open(databasePath).close();
  expect(readdirSync(join(directory, 'data')).filter((name) => name.includes('journal'))).toEqual([]);
});

test('whoever comes first has a database that was made later; the other says so, and may have it afterwards', async () => {
  const databasePath = join(place.directory, 'late', 'opengateway.db');
  const early = open(databasePath);
  expect(existsSync(databasePath)).toBe(false);
  const first = await holder(databasePath);
  await expect(early.prepare()).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringContaining('another gateway is using it'),
  });
  expect(() => early.keyedHash('x')).toThrow('another gateway is using it');
  await first.kill();
  await early.prepare();
  early.close();
});
