/** PostgreSQL frozen, killed, cut off and back: who is known stays known, nobody waits for long, and it mends by itself. */
import { afterAll, beforeAll, beforeEach, describe, test as every, expect } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import { KeyRing } from '../../../src/identity/key-ring.ts';
import { newKeyText } from '../../../src/identity/key-text.ts';
import { PostgresStorage } from '../../../src/storage/postgres/postgres-storage.ts';
import { eventually } from '../../support/eventually.ts';
import { PostgresServer, type Schema, schemaAt, whyNoServer } from '../../support/postgres.ts';
import { keyWith } from '../somewhere.ts';

const missing = whyNoServer();
const test = every.skipIf(missing !== undefined);
const why = missing === undefined ? '' : ` (skipped: ${missing})`;

let server: PostgresServer;
let url: string;
let first: PostgresStorage;
let second: PostgresStorage;
beforeAll(async () => {
  if (missing !== undefined) return;
  server = await PostgresServer.start();
  url = server.url();
});
afterAll(() => {
  if (missing === undefined) server.stop();
});

async function open(): Promise<PostgresStorage> {
  const secret = new Secret('a secret of the tests');
  return await PostgresStorage.open({
    databaseUrl: new Secret(url),
    secret,
    secretPath: '/nowhere/x.secret',
  });
}

async function code(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code;
    throw thrown;
  }
  return 'done';
}

async function newKey(storage: PostgresStorage): Promise<{ id: string; text: string }> {
  const text = newKeyText(false);
  const row = keyWith();
  const addSecret = { hash: storage.keyedHash(text), keyId: row.id, createdAtMs: 1, expiresAtMs: null };
  await storage.write([{ insert: 'key', row }, { addSecret }]);
  return { id: row.id, text };
}

const revoke = async (storage: PostgresStorage, id: string) => {
  const row = await storage.find('key', id);
  if (row === undefined) throw new Error('it is gone');
  await storage.write([{ update: 'key', row: { ...row, deletedAtMs: 9, version: row.version + 1 } }]);
};

const outages = [
  ['frozen', () => server.freeze(), async () => server.thaw()],
  ['stopped', () => server.end('SIGINT'), () => server.begin()],
  ['killed', () => server.end('SIGKILL'), () => server.begin()],
] as const;

describe.each(outages)(`%s${why}`, (_how, goAway, comeBack) => {
  beforeEach(async () => {
    if (missing !== undefined) return;
    first = await open();
    second = await open();
  });

  test('who is known is served, who is not is told, and all is well afterwards', async () => {
    const ring = new KeyRing(second);
    let made = 0;
    const end = second.changes.subscribe(() => made++);
    const [known, unknown, revoked] = [await newKey(first), await newKey(first), await newKey(first)];
    await eventually(() => made === 3, 'it has heard of all of them');
    end();
    for (const { text } of [known, revoked]) expect(await ring.find(text)).toBeDefined();
    try {
      await goAway();
      await eventually(() => second.changes.isDeaf, 'it knows that it may miss something');
      for (let at = 0; at < 3; at++) expect((await ring.find(known.text))?.keyId).toBe(known.id);
      expect(await code(Promise.resolve(ring.find(unknown.text)))).toBe('storage_unavailable');
      expect(await code(second.write([{ insert: 'key', row: keyWith() }]))).toBe('storage_unavailable');
      // Nobody waits: a thousand are told before the database could have been asked once.
      const many = Array.from({ length: 1000 }, () => code(second.find('key', 'x')));
      expect(new Set(await Promise.all(many))).toEqual(new Set(['storage_unavailable']));
    } finally {
      await comeBack();
    }
    await eventually(() => !second.changes.isDeaf && !first.changes.isDeaf, 'it listens again');
    expect((await ring.find(unknown.text))?.keyId).toBe(unknown.id);
    expect((await ring.find(revoked.text))?.keyId).toBe(revoked.id);
    let heard = 0;
    second.changes.subscribe(() => heard++);
    await revoke(first, revoked.id);
    await eventually(() => heard > 0, 'it hears again');
    expect(await ring.find(revoked.text)).toBeUndefined();
    first.close();
    second.close();
  }, 60_000);
});

test(`only the line it listens on is cut: what was missed is found out${why}`, async () => {
  first = await open();
  second = await open();
  const admin: Schema = await schemaAt(url, url, 'elsewhere');
  try {
    const ring = new KeyRing(second);
    const key = await newKey(first);
    expect(await ring.find(key.text)).toBeDefined();
    for (let round = 0; round < 3; round++) {
      let heard = 0;
      const end = second.changes.subscribe(() => heard++);
      await admin.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'",
      );
      await eventually(() => heard > 0, 'it forgets all that it may have missed');
      end();
      expect(second.changes.isDeaf).toBe(false);
      expect((await ring.find(key.text))?.keyId).toBe(key.id);
    }
    let heard = 0;
    second.changes.subscribe(() => heard++);
    await revoke(first, key.id);
    await eventually(() => heard > 0, 'a revocation is heard of');
    expect(await ring.find(key.text)).toBeUndefined();
  } finally {
    await admin.remove();
    first.close();
    second.close();
  }
}, 60_000);
