/** PostgreSQL at start and between gateways: what is made, what is refused with which words, and what is heard of. */
import { afterEach, beforeEach, describe, test as every, expect } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Secret } from '../../../src/core/secret.ts';
import { migrations } from '../../../src/storage/migrations/index.ts';
import { readAddress } from '../../../src/storage/postgres/address.ts';
import { PostgresClient } from '../../../src/storage/postgres/client.ts';
import { migrate } from '../../../src/storage/postgres/migrate.ts';
import { PostgresStorage } from '../../../src/storage/postgres/postgres-storage.ts';
import { StorageRefused } from '../../../src/storage/storage-refused.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/gateway.ts';
import { newSchema, postgresPassword, type Schema, whyNoPostgres } from '../../support/postgres.ts';
import { keyWith, type Somewhere, somewhere } from '../somewhere.ts';

const missing = whyNoPostgres();
const test = every.skipIf(missing !== undefined);
const why = missing === undefined ? '' : ` (skipped: ${missing})`;

let schema: Schema;
let place: Somewhere;
const opened: PostgresStorage[] = [];
beforeEach(async () => {
  if (missing !== undefined) return;
  schema = await newSchema();
  place = somewhere();
});
afterEach(async () => {
  if (missing !== undefined) return;
  for (const storage of opened.splice(0)) storage.close();
  place.remove();
  await schema.remove();
});

const secretPath = () => join(place.directory, 'data', 'opengateway.secret');

async function open(secret?: string, url = schema.url, path = secretPath()): Promise<PostgresStorage> {
  const storage = await PostgresStorage.open({
    databaseUrl: new Secret(url),
    secret: secret === undefined ? undefined : new Secret(secret),
    secretPath: path,
    patienceMs: 600,
  });
  opened.push(storage);
  return storage;
}

async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (thrown) {
    if (!(thrown instanceof StorageRefused)) throw thrown;
    const said = `${thrown.place}: ${thrown.message}`;
    expect(said).not.toContain(postgresPassword);
    expect(said).not.toContain(encodeURIComponent(postgresPassword));
    return said;
  }
  throw new Error('it was not refused');
}

async function appliedIn({ ask }: Schema): Promise<unknown[]> {
  const rows = await ask('SELECT number FROM schema_migrations ORDER BY number');
  return rows.map(({ number }) => Number(number));
}

const all = migrations.map(({ number }) => number);

describe(`its form${why}`, () => {
  test('is made once, however many gateways start at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => open('a secret of the tests')));
    expect(await appliedIn(schema)).toEqual(all);
  });

  test('of a newer version is refused', async () => {
    await open();
    await schema.ask("INSERT INTO schema_migrations VALUES (999, 'from the future', 1)");
    expect(await refusal(open())).toMatch(/^PostgreSQL .*: it was written by a newer version .*schema 999/);
  });

  test('is brought on from where it was, and a step that fails leaves all as it was', async () => {
    const client = await PostgresClient.create(readAddress(schema.url), { max: 1 });
    try {
      await migrate(client, migrations.slice(0, 1));
      expect(await appliedIn(schema)).toEqual([1]);
      const number = migrations.length + 1;
      const bad = { number, name: 'bad', statements: ['CREATE TABLE half (a TEXT)', 'NO SQL'] };
      await expect(migrate(client, [...migrations, bad])).rejects.toThrow();
      expect(await appliedIn(schema)).toEqual([1]);
      await migrate(client, migrations);
      await migrate(client, migrations);
      expect(await appliedIn(schema)).toEqual(all);
      const more = { number, name: 'more', statements: ['CREATE TABLE more (a TEXT)'] };
      await migrate(client, [...migrations, more]);
      expect(await appliedIn(schema)).toEqual([...all, number]);
    } finally {
      client.close();
    }
  });
});

describe(`the secret${why}`, () => {
  test('is drawn at the first start, for its owner alone, and found again', async () => {
    const first = await open();
    const drawn = readFileSync(secretPath(), 'utf8');
    const second = await open();
    expect(second.keyedHash('x')).toBe(first.keyedHash('x'));
    expect(readFileSync(secretPath(), 'utf8')).toBe(drawn);
  });

  test('of another machine is not drawn anew but asked for', async () => {
    await open();
    const elsewhere = join(place.directory, 'elsewhere', 'opengateway.secret');
    expect(await refusal(open(undefined, schema.url, elsewhere))).toMatch(/missing: set OPENGATEWAY_SECRET/);
    expect(existsSync(dirname(elsewhere))).toBe(false);
    expect(await refusal(open('another secret altogether'))).toMatch(/hashed with another secret/);
    const drawn = readFileSync(secretPath(), 'utf8').trim();
    expect((await open(drawn, schema.url, elsewhere)).keyedHash('x')).toBeDefined();
  });

  test('is drawn by one of those that start at once, and the others say what is missing', async () => {
    const paths = ['a', 'b', 'c', 'd'].map((name) => join(place.directory, name, 'opengateway.secret'));
    const starts = await Promise.allSettled(paths.map((path) => open(undefined, schema.url, path)));
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(paths.filter((path) => existsSync(path))).toHaveLength(1);
  });

  test('that cannot be kept stops the start', async () => {
    writeFileSync(join(place.directory, 'data'), '');
    expect(await refusal(open())).toMatch(/no secret can be kept in .*: set OPENGATEWAY_SECRET/);
    expect(await schema.ask("SELECT * FROM facts WHERE name = 'secret_mark'")).toHaveLength(0);
  });
});

describe(`at start${why}`, () => {
  test('what cannot be reached or used is said, never the password', async () => {
    const at = (change: (url: URL) => void) => {
      const url = new URL(schema.url);
      change(url);
      return open(undefined, url.href);
    };
    const port = await freePort();
    expect(
      await refusal(
        at((url) => {
          url.port = String(port);
        }),
      ),
    ).toMatch(/nothing listens where the database should/);
    expect(
      await refusal(
        at((url) => {
          url.pathname = '/nowhere';
        }),
      ),
    ).toMatch(/there is no such database/);
    expect(
      await refusal(
        at((url) => {
          url.password = `${url.password}x`;
        }),
      ),
    ).toMatch(/refuses the user or the password/);
    const nowhere = '-csearch_path=nowhere_at_all';
    expect(await refusal(at((url) => url.searchParams.set('options', nowhere)))).toMatch(/search_path/);
  });
});

describe(`a gateway that counts alone${why}`, () => {
  const alone = () =>
    PostgresStorage.open({
      databaseUrl: new Secret(schema.url),
      secret: new Secret('a secret of the tests'),
      secretPath: secretPath(),
      alone: true,
    });

  test('lets no other start, until it ends', async () => {
    const first = await alone();
    try {
      expect(await refusal(alone())).toMatch(/another gateway is using it/);
    } finally {
      first.close();
    }
    opened.push(await alone());
  });

  test('knows when another has taken its place, and when that is gone', async () => {
    const first = await alone();
    opened.push(first);
    const thief = await newSchema();
    const lock = `hashtext('opengateway alone ${schema.name}')`;
    const holder = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = (${lock}::bigint & 4294967295)`;
    // Its line is cut, and another is faster than it.
    const line = `SELECT pg_terminate_backend(pid) FROM (${holder}) AS held`;
    await thief.ask(`${line}; SELECT pg_advisory_lock(${lock})`);
    await eventually(() => !first.isSole, 'it knows');
    await thief.ask(`SELECT pg_advisory_unlock(${lock})`);
    await eventually(() => first.isSole, 'it is alone again');
    await thief.remove();
  });
});

describe(`several gateways${why}`, () => {
  test('hear of what any of them changes', async () => {
    const [one, two] = [await open(), await open()];
    const heard = { one: 0, two: 0 };
    one.changes.subscribe(() => heard.one++);
    two.changes.subscribe(() => heard.two++);
    await one.write([{ insert: 'key', row: keyWith() }]);
    await eventually(() => heard.two > 0, 'the other hears of it');
    const before = heard.one;
    await two.write([{ insert: 'key', row: keyWith() }]);
    await eventually(() => heard.one > before, 'and the other way');
  });

  test('do not hear of what was not done, nor of another schema of the same database', async () => {
    const [one, two] = [await open(), await open()];
    const elsewhere = await newSchema();
    try {
      const path = join(place.directory, 'elsewhere', 'opengateway.secret');
      const other = await open(undefined, elsewhere.url, path);
      // Entries that wait for one of them are not for the other.
      expect([two.id === one.id, other.id === one.id]).toEqual([true, false]);
      let heard = 0;
      two.changes.subscribe(() => heard++);
      await other.write([{ insert: 'key', row: keyWith() }]);
      const row = keyWith({ version: 9 });
      await expect(one.write([{ update: 'key', row }])).rejects.toThrow();
      expect(heard).toBe(0);
      await one.write([{ insert: 'key', row: keyWith() }]);
      await eventually(() => heard > 0, 'what was done is heard of');
      expect(heard).toBe(1);
      for (const storage of opened.splice(0)) storage.close();
    } finally {
      await elsewhere.remove();
    }
  });
});

test(`a NUL, which its texts cannot hold, is replaced${why}`, async () => {
  const storage = await open();
  const row = keyWith({ name: 'a\0b', metadata: { k: 'a\0b' } });
  await storage.write([{ insert: 'key', row }]);
  expect(await storage.find('key', row.id)).toEqual({ ...row, name: 'a\ufffdb' });
  expect(await storage.find('key', 'a\0')).toBeUndefined();
});
