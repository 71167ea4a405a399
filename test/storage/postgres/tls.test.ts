/** The line to PostgreSQL as `sslmode` has it: encrypted or not, and who is believed. */
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAddress } from '../../../src/storage/postgres/address.ts';
import { PostgresClient } from '../../../src/storage/postgres/client.ts';
import { PostgresServer, whyNoServer } from '../../support/postgres.ts';
import { makeCertificate, opensslIsPresent } from '../../support/tls-front.ts';

const missing = opensslIsPresent ? whyNoServer() : 'openssl is not installed';
const test = every.skipIf(missing !== undefined);

let plain: PostgresServer;
let secure: PostgresServer;
let directory: string;
beforeAll(async () => {
  if (missing !== undefined) return;
  directory = mkdtempSync(join(tmpdir(), 'opengateway-tls-'));
  const { key, certificate } = makeCertificate(directory);
  plain = await PostgresServer.start();
  // The server wants to own its key, and its directory's owner is who it runs as.
  const { uid, gid } = statSync(plain.directory);
  for (const path of [directory, key, certificate]) chownSync(path, uid, gid);
  secure = await PostgresServer.start(['ssl=on', `ssl_key_file=${key}`, `ssl_cert_file=${certificate}`]);
});
afterAll(() => {
  if (missing !== undefined) return;
  plain.stop();
  secure.stop();
  rmSync(directory, { recursive: true });
});

async function isEncrypted(server: PostgresServer, query: string, host = '127.0.0.1'): Promise<unknown> {
  const url = server.url().replace('127.0.0.1', host);
  const client = await PostgresClient.create(readAddress(`${url}?${query}`), { max: 1 });
  try {
    const [row] = await client.rows({
      text: 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      cells: [],
    });
    return row?.ssl;
  } catch {
    return 'refused';
  } finally {
    client.close();
  }
}

describe(missing === undefined ? 'sslmode' : `sslmode (skipped: ${missing})`, () => {
  test.each([
    ['', false, true],
    ['sslmode=disable', false, false],
    ['sslmode=prefer', false, true],
    ['sslmode=require', 'refused', true],
    ['sslmode=verify-ca', 'refused', 'refused'],
    ['sslmode=verify-full', 'refused', 'refused'],
    ['sslmode=verify-ca&sslrootcert=CERTIFICATE', 'refused', true],
    ['sslmode=verify-full&sslrootcert=CERTIFICATE', 'refused', true],
  ])('%p: without TLS %p, with it %p', async (query, withoutTls, withTls) => {
    const said = query.replace('CERTIFICATE', join(directory, 'certificate.pem'));
    expect([await isEncrypted(plain, said), await isEncrypted(secure, said)].map(String)).toEqual(
      [withoutTls, withTls].map(String),
    );
  });

  test('verify-full wants the name it called', async () => {
    const query = (mode: string) => `sslmode=${mode}&sslrootcert=${join(directory, 'certificate.pem')}`;
    // The same machine, by an address the certificate does not have.
    const named = (mode: string) => isEncrypted(secure, query(mode), '[::ffff:127.0.0.1]');
    expect([await named('verify-ca'), await named('verify-full')]).toEqual([true, 'refused']);
  });
});
