/** A process killed while it writes: what it had acknowledged is there, and nothing is there by half. */
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { somewhere } from './somewhere.ts';

const program = join(import.meta.dir, 'killed-writer.ts');

test('kill -9 loses nothing that was acknowledged, time after time', async () => {
  const place = somewhere();
  const acknowledged: string[] = [];
  try {
    for (let round = 0; round < 6; round++) {
      const writer = Bun.spawn([process.execPath, program, place.databasePath], {
        stdout: 'pipe',
        stderr: 'inherit',
      });
      let text = '';
      const reading = (async () => {
        for await (const chunk of writer.stdout) text += new TextDecoder().decode(chunk);
      })();
      const deadline = Date.now() + 20_000;
      while (text.split('\n').length < 5 + round * 3 && Date.now() < deadline) await Bun.sleep(5);
      writer.kill('SIGKILL');
      await writer.exited;
      await reading;
      const whole = text.split('\n').slice(0, -1);
      expect(whole.length).toBeGreaterThan(3);
      acknowledged.push(...whole);
    }
    const storage = new SqliteStorage({ databasePath: place.databasePath, secret: undefined });
    for (const id of acknowledged) {
      expect((await storage.find('key', id))?.id).toBe(id);
      expect((await storage.findSecret(`hash of ${id}`))?.keyId).toBe(id);
    }
    storage.close();
    const database = new Database(place.databasePath);
    expect(database.query('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    const counts = database.query(
      'SELECT (SELECT COUNT(*) FROM keys) AS keys, (SELECT COUNT(*) FROM key_secrets) AS secrets',
    );
    const { keys, secrets } = counts.get() as { keys: number; secrets: number };
    expect(keys).toBe(secrets);
    expect(keys).toBeGreaterThanOrEqual(acknowledged.length);
    database.close();
  } finally {
    place.remove();
  }
}, 120_000);
