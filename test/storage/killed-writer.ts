/** Writes keys one after the other until it is killed, and says which are kept: a program for `kill.test.ts`. */
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { keyWith } from './somewhere.ts';

const [, , databasePath = ''] = process.argv;
const storage = new SqliteStorage({ databasePath, secret: undefined });
for (;;) {
  const row = keyWith();
  const hash = `hash of ${row.id}`;
  const secret = { hash, keyId: row.id, createdAtMs: 1, expiresAtMs: null };
  await storage.write([{ insert: 'key', row }, { addSecret: secret }]);
  process.stdout.write(`${row.id}\n`);
}
