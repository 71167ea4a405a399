/** A program that holds a database as a gateway does, until it is told to stop or killed. */
import { SqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';

const [databasePath = ''] = process.argv.slice(2);
const storage = new SqliteStorage({ databasePath, secret: undefined, alone: true });
await storage.prepare();
process.stdout.write('held\n');
await Bun.stdin.text();
storage.close();
