/** The secret keys are hashed with, where none is configured: drawn once, kept in a file beside the database. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { StorageRefused } from './storage-refused.ts';

const bytes = 32;

export function secretPathOf(databasePath: string): string {
  return `${databasePath.replace(/\.db$/, '')}.secret`;
}

/** HMAC-SHA-256, hexadecimal: of each text given to it. The secret is taken in once, which is half of the work. */
export function keyedHasher(secret: string): (text: string) => string {
  const keyed = new Bun.CryptoHasher('sha256', secret);
  return (text) => keyed.copy().update(text).digest('hex');
}

/** What a database holds of its secret: enough to know it by, and nothing that opens anything. */
export function secretMark(secret: string): string {
  return keyedHasher(secret)('the secret of this database');
}

/** Undefined where there is no such file. Throws StorageRefused. */
export function readServerSecret(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (thrown) {
    throw new StorageRefused(`${path} cannot be read: ${String(thrown)}.`, { cause: thrown });
  }
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new StorageRefused(`${path} is damaged: it must hold 64 hexadecimal digits.`);
}

/** Whole or not there at all, and never over another one. */
export function drawServerSecret(path: string): string {
  const drawn = `${path}.${process.pid}`;
  const file = openSync(drawn, 'wx', 0o600);
  try {
    writeSync(file, `${Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(drawn, path);
  } catch (thrown) {
    // Another process was faster: its secret is the one.
    if (!existsSync(path)) throw thrown;
  } finally {
    unlinkSync(drawn);
  }
  // The name must last as long as what will be hashed with it.
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
  const secret = readServerSecret(path);
  if (secret === undefined) throw new StorageRefused(`${path} cannot be read.`);
  return secret;
}
