/** What is kept is found again, whole; what cannot be kept or read is said, at start or to whoever asks. */
import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GatewayError } from '../../src/core/errors.ts';
import { Secret } from '../../src/core/secret.ts';
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { StorageRefused } from '../../src/storage/storage-refused.ts';
import { keyWith, organizationWith, type Somewhere, somewhere } from './somewhere.ts';

let place: Somewhere;
const opened: SqliteStorage[] = [];
beforeEach(() => {
  place = somewhere();
});
afterEach(() => {
  for (const storage of opened.splice(0)) storage.close();
  place.remove();
});

function open(secret?: string): SqliteStorage {
  const storage = new SqliteStorage({
    databasePath: place.databasePath,
    secret: secret === undefined ? undefined : new Secret(secret),
  });
  opened.push(storage);
  return storage;
}

async function filled(): Promise<string> {
  const storage = open();
  const key = keyWith();
  await storage.write([{ insert: 'key', row: key }]);
  storage.close();
  return key.id;
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof StorageRefused) return thrown.message;
    throw thrown;
  }
  throw new Error('it was not refused');
}

async function code(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'done';
}

describe('until there is something to keep', () => {
  test('nothing is made, whatever is asked', async () => {
    const storage = open();
    expect(await storage.find('key', keyWith().id)).toBeUndefined();
    expect(await storage.list('key', { limit: 10 })).toEqual([]);
    expect(await storage.findSecret('x')).toBeUndefined();
    expect(storage.keyedHash('x')).toBeUndefined();
    expect(existsSync(dirname(place.databasePath))).toBe(false);
    expect(storage.description).toContain('made when there is something to keep');
  });

  test('the first write makes the directory, the secret and the database, for their owner alone', async () => {
    const storage = open();
    await storage.write([{ insert: 'organization', row: organizationWith() }]);
    const modes = [dirname(place.databasePath), place.databasePath.replace('.db', '.secret')].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600]);
    expect(storage.keyedHash('x')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('what another process makes is seen', async () => {
    const storage = open();
    const other = open();
    const row = keyWith();
    await other.write([{ insert: 'key', row }]);
    expect(storage.keyedHash('x')).toBe(other.keyedHash('x'));
    expect(await storage.find('key', row.id)).toEqual(row);
  });
});

describe('at start', () => {
  test('a database from a newer version is refused', async () => {
    await filled();
    const database = new Database(place.databasePath);
    database.run("INSERT INTO schema_migrations VALUES (999, 'from the future', 1)");
    database.close();
    expect(refusal(open)).toMatch(/newer version of OpenGateway \(schema 999/);
  });

  test.each([
    ['text', 'not a database at all, whatever its name says. '.repeat(50), /no SQLite database/],
    ['the beginning of one', 'SQLite format 3\u0000', /no SQLite database|damaged/],
  ])('a file that is %s is refused', (_what, content, why) => {
    mkdirSync(dirname(place.databasePath));
    writeFileSync(place.databasePath, content);
    expect(refusal(open)).toMatch(why);
    expect(readFileSync(place.databasePath, 'utf8')).toBe(content);
  });

  test('a directory in its place is refused', () => {
    mkdirSync(place.databasePath, { recursive: true });
    expect(refusal(open)).toMatch(/cannot be opened/);
  });

  test('a database whose secret is gone, damaged or another is refused', async () => {
    await filled();
    const secretPath = place.databasePath.replace('.db', '.secret');
    const secret = readFileSync(secretPath, 'utf8').trim();
    expect(refusal(() => open('another secret altogether'))).toMatch(/hashed with another secret/);
    writeFileSync(secretPath, 'short');
    expect(refusal(open)).toMatch(/is damaged/);
    rmSync(secretPath);
    expect(refusal(open)).toMatch(/is missing/);
    // It may be given by its value as well.
    expect(open(secret).keyedHash('x')).toBeDefined();
  });

  test('where a file stands in the way nothing can be kept, and that is said', async () => {
    writeFileSync(join(place.directory, 'data'), '');
    const storage = open();
    expect(storage.description).toMatch(/^none: .*data is no directory/);
    expect(await code(storage.write([{ insert: 'key', row: keyWith() }]))).toMatch(/^storage_unavailable: /);
    expect(await code(storage.prepare())).toMatch(/^storage_unavailable: /);
    expect(await storage.list('key', { limit: 1 })).toEqual([]);
  });
});

test('a migration that fails leaves the database as it was', async () => {
  const { migrate } = await import('../../src/storage/sqlite/migrate.ts');
  const { migrations } = await import('../../src/storage/migrations/index.ts');
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, at) => at + 1));
  const database = new Database(':memory:');
  const bad = {
    number: migrations.length + 1,
    name: 'bad',
    statements: ['CREATE TABLE half (a TEXT)', 'NO SQL'],
  };
  expect(() => migrate(database, [...migrations, bad], true)).toThrow();
  expect(database.query('SELECT COUNT(*) AS tables FROM sqlite_master').get()).toEqual({ tables: 0 });
  migrate(database, migrations, true);
  migrate(database, migrations, true);
  expect(database.query('SELECT COUNT(*) AS applied FROM schema_migrations').get()).toEqual({
    applied: migrations.length,
  });
  // Then a later version comes: only what is new is done.
  const more = { number: migrations.length + 1, name: 'more', statements: ['CREATE TABLE more (a TEXT)'] };
  migrate(database, [...migrations, more], true);
  expect(refusal(() => migrate(database, migrations, true))).toMatch(/newer version/);
});

describe('a file system that is read-only', () => {
  const mounted = (directory: string, options: string) =>
    Bun.spawnSync(['mount', '-o', options, directory], { stdout: 'ignore', stderr: 'ignore' }).exitCode === 0;

  async function readOnly(act: () => Promise<void>): Promise<boolean> {
    const directory = dirname(place.databasePath);
    mkdirSync(directory, { recursive: true });
    const bound = Bun.spawnSync(['mount', '--bind', directory, directory], {
      stdout: 'ignore',
      stderr: 'ignore',
    });
    if (bound.exitCode !== 0) return false;
    try {
      if (!mounted(directory, 'remount,ro,bind')) return false;
      await act();
      return true;
    } finally {
      for (const storage of opened.splice(0)) storage.close();
      Bun.spawnSync(['umount', directory]);
    }
  }
  const canMount = (() => {
    place = somewhere();
    const bound = Bun.spawnSync(['mount', '--bind', place.directory, place.directory], { stderr: 'ignore' });
    if (bound.exitCode === 0) Bun.spawnSync(['umount', place.directory]);
    place.remove();
    return bound.exitCode === 0;
  })();
  const why = canMount ? '' : ' (skipped: mount is not allowed here)';

  test.skipIf(!canMount)(`is read, and changes are refused${why}`, async () => {
    const id = await filled();
    const did = await readOnly(async () => {
      const storage = open();
      expect(storage.description).toContain('read-only');
      expect((await storage.find('key', id))?.id).toBe(id);
      expect(storage.keyedHash('x')).toBeDefined();
      expect(await code(storage.write([{ insert: 'key', row: keyWith() }]))).toMatch(
        /^storage_unavailable: /,
      );
    });
    expect(did).toBe(true);
  });

  test.skipIf(!canMount)(`without a database only the root key is there${why}`, async () => {
    const did = await readOnly(async () => {
      const storage = open();
      expect(storage.description).toMatch(/^none: .* cannot be written/);
      expect(await code(storage.prepare())).toMatch(/^storage_unavailable: /);
    });
    expect(did).toBe(true);
  });

  test.skipIf(!canMount)(
    `that is full refuses changes, serves what is there, and goes on when there is room${why}`,
    async () => {
      const directory = dirname(place.databasePath);
      mkdirSync(directory, { recursive: true });
      const mount = ['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory];
      expect(Bun.spawnSync(mount).exitCode).toBe(0);
      try {
        const storage = open();
        const row = keyWith();
        await storage.write([{ insert: 'key', row }]);
        const filler = join(directory, 'filler');
        expect(() => writeFileSync(filler, Buffer.alloc(2 << 20))).toThrow('ENOSPC');
        const large = () => storage.write([{ insert: 'key', row: keyWith({ name: 'x'.repeat(100_000) }) }]);
        expect(await code(large())).toMatch(/^storage_unavailable: .*(the disk is full|does not answer)/);
        expect((await storage.find('key', row.id))?.id).toBe(row.id);
        rmSync(filler);
        expect(await code(large())).toBe('done');
      } finally {
        for (const storage of opened.splice(0)) storage.close();
        Bun.spawnSync(['umount', directory]);
      }
    },
  );
});
