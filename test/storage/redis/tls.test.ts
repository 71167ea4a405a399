/** Who Redis is and who may use it: TLS, users and passwords, and what is refused at start. */
import { afterAll, beforeAll, describe, test as every, expect } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../src/core/secret.ts';
import { RedisCounters } from '../../../src/storage/redis/redis-counters.ts';
import { StorageRefused } from '../../../src/storage/storage-refused.ts';
import { RedisServer, whyNoRedisServer } from '../../support/redis.ts';
import { makeCertificate, opensslIsPresent } from '../../support/tls-front.ts';
import { budgeted, claim, dime, fiveDollars, limited } from './counting.ts';

const missing = opensslIsPresent ? whyNoRedisServer() : 'openssl is not installed';
const test = every.skipIf(missing !== undefined);
/** Every character an address must escape. */
const password = 'p@ss/w:rd%?#[ü] never to be seen';
/** As the documentation has it. */
const rights =
  '~{opengateway:*}:* resetchannels -@all +@hash +@sortedset +del +pexpire +time +info +select +eval +evalsha +script|load';

let directory: string;
let certificate: string;
let secure: RedisServer;
let guarded: RedisServer;

beforeAll(async () => {
  if (missing !== undefined) return;
  directory = mkdtempSync(join(tmpdir(), 'opengateway-tls-'));
  const made = makeCertificate(directory);
  certificate = made.certificate;
  secure = await RedisServer.start({
    settings: (port) => [
      ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'optional'],
      ...['--bind', '127.0.0.1', '127.0.0.2'],
      ...['--tls-cert-file', made.certificate, '--tls-key-file', made.key],
      ...['--tls-ca-cert-file', made.certificate],
    ],
    cli: ['--tls', '--cacert', made.certificate],
  });
  guarded = await RedisServer.start({
    settings: () => ['--requirepass', 'of the default user'],
    cli: ['--pass', 'of the default user', '--no-auth-warning'],
  });
  for (const server of [secure, guarded])
    expect(server.tell('ACL', 'SETUSER', 'gateway', 'on', `>${password}`, ...rights.split(' '))).toBe('OK');
  for (const [user, right] of [
    ['blind', '-info'],
    ['idle', '-evalsha'],
    ['halved', '-hset'],
  ] as const)
    guarded.tell('ACL', 'SETUSER', user, 'on', `>${password}`, ...rights.split(' '), right);
});
afterAll(async () => {
  if (missing !== undefined) return;
  await secure.stop();
  await guarded.stop();
  rmSync(directory, { recursive: true });
});

/** What becomes of a call, or why there are no counters. */
async function outcome(address: string, more: { timeoutMs?: number } = {}): Promise<string> {
  const reasons: string[] = [];
  const url = new Secret(address);
  const load = async () => [];
  let counters: RedisCounters;
  try {
    counters = await RedisCounters.open({
      ...{ url, load, namespace: `opengateway:${crypto.randomUUID()}`, timeoutMs: 2000 },
      ...more,
      onAway: (reason) => reasons.push(reason),
    });
  } catch (thrown) {
    if (!(thrown instanceof StorageRefused)) throw thrown;
    const told = `${thrown.place}: ${thrown.message}`;
    expect(told).not.toContain(password);
    expect(told).not.toContain(encodeURIComponent(password));
    return `refused: ${told}`;
  }
  try {
    const grant = await counters.reserve(claim([budgeted, limited(10, 1000, 5)]));
    await counters.settle(grant, { nowMs: Date.now(), tokens: 3, costNanoUsd: dime });
    const [standing] = await counters.standing([fiveDollars], Date.now());
    expect(standing).toMatchObject({ spentNanoUsd: dime, reservedNanoUsd: 0 });
    expect(await counters.held()).toBe(0);
    return 'counts';
  } catch (thrown) {
    return `away: ${reasons[0] ?? String(thrown)}`;
  } finally {
    await counters.close();
  }
}

const encoded = encodeURIComponent(password);

describe(missing === undefined ? 'the line to Redis' : `the line to Redis (skipped: ${missing})`, () => {
  const root = () => `sslrootcert=${encodeURIComponent(certificate)}`;

  test.each([
    ['the authority is known', () => `rediss://127.0.0.1:${secure.port}/0?${root()}`, 'counts'],
    ['by its name', () => `rediss://localhost:${secure.port}?${root()}`, 'counts'],
    [
      'with a user and a password',
      () => `rediss://gateway:${encoded}@localhost:${secure.port}/0?${root()}`,
      'counts',
    ],
    [
      'with a certificate of its own',
      () =>
        `rediss://localhost:${secure.port}?${root()}&sslcert=${certificate}&sslkey=${join(directory, 'key.pem')}`,
      'counts',
    ],
    [
      'nobody vouches for it',
      () => `rediss://localhost:${secure.port}`,
      /^refused: Redis at localhost:\d+: .*self.signed/i,
    ],
    [
      'it is vouched for by another name',
      () => `rediss://127.0.0.2:${secure.port}?${root()}`,
      /^refused: .*(altnames|does not match)/,
    ],
    [
      'the authority’s file is not there',
      () => `rediss://localhost:${secure.port}?sslrootcert=/nowhere`,
      /^refused: .*sslrootcert cannot be read/,
    ],
    ['it is asked in the clear', () => `redis://localhost:${secure.port}`, /^away: /],
  ] as const)('TLS, and %s', async (_what, address, expected) => {
    const told = await outcome(address());
    if (typeof expected === 'string') expect(told).toBe(expected);
    else expect(told).toMatch(expected);
  });

  test('a server without TLS that is asked with it is away', async () => {
    expect(await outcome(`rediss://localhost:${guarded.port}?${root()}`, { timeoutMs: 500 })).toMatch(
      /^(away|refused): /,
    );
  });

  test.each([
    ['a user with the rights that are written down', `gateway:${encoded}@`, 'counts'],
    ['the default user', `:${encodeURIComponent('of the default user')}@`, 'counts'],
    ['a wrong password', 'gateway:wrong@', /^refused: Redis at 127\.0\.0\.1:\d+: WRONGPASS/],
    ['no password', '', /^refused: .*NOAUTH/],
    ['a user without a password', 'gateway@', /^refused: .*no password/],
    ['a user that may not ask for INFO', `blind:${encoded}@`, /^refused: .*NOPERM.*info/i],
    ['one that may run no scripts', `idle:${encoded}@`, /^refused: .*NOPERM.*evalsha/i],
    ['one whose scripts may not write', `halved:${encoded}@`, /^refused: .*can't run this command/],
  ] as const)('%s', async (_who, user, expected) => {
    const told = await outcome(`redis://${user}127.0.0.1:${guarded.port}/0`);
    if (typeof expected === 'string') expect(told).toBe(expected);
    else expect(told).toMatch(expected);
  });

  test.each([
    ['redis://h/x', /number of a database/],
    ['redis://h?family=6', /'family'/],
    ['redis://h?sslrootcert=%2Fx', /'sslrootcert'/],
    ['redis://u:%zz@h', /encoded/],
  ])('%s is refused', async (address, expected) => {
    expect(await outcome(address)).toMatch(expected);
  });

  test('cluster mode is refused, with the reason', async () => {
    const cluster = await RedisServer.start({ settings: () => ['--cluster-enabled', 'yes'] });
    try {
      expect(await outcome(cluster.url)).toMatch(
        /^refused: Redis at 127\.0\.0\.1:\d+: it runs in cluster mode/,
      );
    } finally {
      await cluster.stop();
    }
  });
});
