/** What every storage of identity does alike: what is kept is found again, whole, and what does not fit is refused. */
import { afterEach, beforeEach, describe, test as every, expect } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { keyWith, organizationWith, teamWith, userWith } from './somewhere.ts';
import { type StoragePlace, storages } from './storages.ts';

async function code(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'done';
}

describe.each(storages)('%s', (_name, kind) => {
  const test = every.skipIf(kind.missing !== undefined);
  let place: StoragePlace;
  beforeEach(async () => {
    if (kind.missing === undefined) place = await kind.make();
  });
  afterEach(async () => {
    if (kind.missing === undefined) await place.remove();
  });
  const open = () => place.open();

  test('every field comes back as it was', async () => {
    const organization = organizationWith({
      models: ['a*'],
      metadata: { a: 'b', '"': "'; DROP TABLE keys; --" },
    });
    const team = teamWith({ organizationId: organization.id, providers: [], tags: ['x', 'ü'] });
    const user = userWith({
      organizationId: organization.id,
      teamId: team.id,
      email: 'a@b.c',
      role: 'auditor',
    });
    const key = keyWith({
      ...{ organizationId: organization.id, teamId: team.id, userId: user.id, disabled: true },
      ...{ endpoints: ['/v1/*'], allowedIps: ['10.0.0.0/8'], expiresAtMs: 2 ** 52, role: 'team_admin' },
      name: `'); DELETE FROM keys; -- ? $1 \\ "漢`,
    });
    await (await open()).write([
      { insert: 'organization', row: organization },
      { insert: 'team', row: team },
      { insert: 'user', row: user },
      { insert: 'key', row: key },
    ]);
    const again = await open();
    expect(await again.find('organization', organization.id)).toEqual(organization);
    expect(await again.find('team', team.id)).toEqual(team);
    expect(await again.find('user', user.id)).toEqual(user);
    expect(await again.find('key', key.id)).toEqual(key);
  });

  test('credentials for providers: one each, changed by version, gone for good', async () => {
    const credential = {
      ...{ id: 'cred_1', provider: 'p', name: `'); DROP TABLE upstream_credentials; --`, baseUrl: null },
      ...{ hint: '…6789', sealed: 'AAAA', createdAtMs: 2 ** 45, updatedAtMs: 1, version: 1 },
    };
    const other = { ...credential, id: 'cred_2', provider: 'q', baseUrl: 'https://q.test/v1' };
    const storage = await open();
    expect(await storage.listCredentials()).toEqual([]);
    await storage.write([{ insertCredential: credential }, { insertCredential: other }]);
    expect(await (await open()).listCredentials()).toEqual([other, credential]);
    const second = { ...credential, id: 'cred_3' };
    expect(await code(storage.write([{ insertCredential: second }]))).toMatch(/^conflict/);
    const changed = { ...credential, sealed: 'BBBB', version: 2 };
    await storage.write([{ updateCredential: changed }]);
    expect(await code(storage.write([{ updateCredential: changed }]))).toMatch(/^conflict/);
    await storage.write([{ deleteCredential: 'cred_2' }]);
    expect(await code(storage.write([{ deleteCredential: 'cred_2' }]))).toMatch(/^conflict/);
    expect(await storage.listCredentials()).toEqual([changed]);
  });

  describe('writing', () => {
    test('is all or nothing', async () => {
      const storage = await open();
      const [one, two] = [keyWith(), keyWith()];
      const stale = { ...two, version: 7 };
      expect(
        await code(
          storage.write([
            { insert: 'key', row: one },
            { update: 'key', row: stale },
          ]),
        ),
      ).toStartWith('conflict');
      expect(await storage.find('key', one.id)).toBeUndefined();
    });

    test('is refused where the row has changed meanwhile, is gone, or is there already', async () => {
      const storage = await open();
      const row = keyWith();
      await storage.write([{ insert: 'key', row }]);
      const second = { ...row, name: 'second', version: 2 };
      await storage.write([{ update: 'key', row: second }]);
      expect(await code(storage.write([{ update: 'key', row: { ...row, version: 2 } }]))).toStartWith(
        'conflict',
      );
      expect(await code(storage.write([{ insert: 'key', row }]))).toStartWith('conflict');
      await storage.write([{ update: 'key', row: { ...second, version: 3, deletedAtMs: 5 } }]);
      expect(await storage.find('key', row.id)).toBeUndefined();
      expect(await code(storage.write([{ update: 'key', row: { ...second, version: 4 } }]))).toStartWith(
        'conflict',
      );
    });

    test('keeps nothing that belongs to what is not there', async () => {
      const storage = await open();
      expect(
        await code(storage.write([{ insert: 'key', row: keyWith({ teamId: teamWith().id }) }])),
      ).toStartWith('conflict');
    });
  });

  test('lists are the youngest first, in pages, by where things stand', async () => {
    const storage = await open();
    const teams = [teamWith(), teamWith()];
    const keys = Array.from({ length: 7 }, (_, at) =>
      keyWith({ name: `k${at}`, teamId: teams[at % 2]?.id ?? null }),
    );
    await storage.write([
      ...teams.map((row) => ({ insert: 'team', row }) as const),
      ...keys.map((row) => ({ insert: 'key', row }) as const),
    ]);
    const names = async (query: object) =>
      (await storage.list('key', { limit: 3, ...query })).map(({ name }) => name).join(' ');
    expect(await names({})).toBe('k6 k5 k4');
    expect(await names({ before: keys[4]?.id })).toBe('k3 k2 k1');
    expect(await names({ teamId: teams[1]?.id })).toBe('k5 k3 k1');
    expect(await names({ teamId: teams[1]?.id, before: keys[3]?.id })).toBe('k1');
    expect(await names({ organizationId: "x' OR '1'='1" })).toBe('');
  });

  test('a change is heard of, here and wherever else it is kept in memory', async () => {
    const storage = await open();
    const heard: string[] = [];
    storage.changes.subscribe(() => heard.push('here'));
    const row = keyWith();
    await storage.write([{ insert: 'key', row }]);
    expect(heard).toContain('here');
  });

  test('a secret opens what it was made for, until it ends', async () => {
    const storage = await open();
    const key = keyWith();
    const secret = { hash: storage.keyedHash('x') ?? 'h', keyId: key.id, createdAtMs: 7, expiresAtMs: null };
    await storage.write([{ insert: 'key', row: key }, { addSecret: secret }]);
    expect(await storage.findSecret(secret.hash)).toEqual(secret);
    expect(await storage.findSecret(`${secret.hash}x`)).toBeUndefined();
    await storage.write([{ expireSecretsOf: key.id, atMs: 2 ** 51 }]);
    expect((await storage.findSecret(secret.hash))?.expiresAtMs).toBe(2 ** 51);
    await storage.write([{ expireSecretsOf: key.id, atMs: 2 ** 52 }]);
    expect((await storage.findSecret(secret.hash))?.expiresAtMs).toBe(2 ** 51);
  });

  test('a user takes their keys along', async () => {
    const storage = await open();
    const user = userWith();
    const [own, other] = [keyWith({ userId: user.id }), keyWith()];
    await storage.write([
      { insert: 'user', row: user },
      { insert: 'key', row: own },
      { insert: 'key', row: other },
    ]);
    await storage.write([{ deleteKeysOf: user.id, atMs: 5 }]);
    expect(await storage.find('key', own.id)).toBeUndefined();
    expect((await storage.find('key', other.id))?.id).toBe(other.id);
  });

  test('a reply is kept until it ends, and gone with the next one that is kept after that', async () => {
    const storage = await open();
    const first = { id: 'a', request: 'r', sealed: 's'.repeat(100_000), expiresAtMs: 10 };
    const second = { ...first, id: 'b', expiresAtMs: 30 };
    await storage.write([{ keepReply: first, nowMs: 1 }]);
    expect(await storage.findReply('a')).toEqual(first);
    await storage.write([{ keepReply: second, nowMs: 20 }]);
    expect(await storage.findReply('a')).toBeUndefined();
    expect(await storage.findReply('b')).toEqual(second);
  });

  test('of many who change the same at once one does, and the others are told', async () => {
    const [one, two] = [await open(), await open()];
    const row = keyWith();
    await one.write([{ insert: 'key', row }]);
    const tries = Array.from({ length: 16 }, (_, at) =>
      code((at % 2 ? one : two).write([{ update: 'key', row: { ...row, name: `n${at}`, version: 2 } }])),
    );
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.startsWith('conflict'))).toHaveLength(15);
  });
});
