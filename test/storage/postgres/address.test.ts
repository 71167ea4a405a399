/** Addresses of PostgreSQL as people have them, and what is told of each. */
import { describe, expect, test } from 'bun:test';
import { readAddress } from '../../../src/storage/postgres/address.ts';
import { StorageRefused } from '../../../src/storage/storage-refused.ts';

const place = { host: 'db', port: 5432, path: undefined, user: 'u', password: 'p', database: 'd' };

test.each([
  ['postgres://u:p@db/d', place],
  ['postgresql://u:p@db:6543/d', { ...place, port: 6543 }],
  ['postgres://u:p%40%2F%25@db/d%20e', { ...place, password: 'p@/%', database: 'd e' }],
  ['postgres://u@db', { ...place, password: '', database: 'u' }],
  ['postgres://[::1]/d', { ...place, host: '::1', user: 'postgres', password: '' }],
  [
    'postgres:///d?host=/run/pg&user=u&password=p',
    { ...place, host: '/run/pg', path: '/run/pg/.s.PGSQL.5432' },
  ],
  ['postgres://u:p@db/d?sslmode=disable', { ...place, security: false }],
  ['postgres://u:p@db/d?sslmode=prefer', { ...place, security: 'prefer' }],
  ['postgres://u:p@db/d', { ...place, security: 'prefer' }],
  ['postgres://u:p@db/d?sslmode=verify-full', { security: { rejectUnauthorized: true, host: 'db' } }],
  ['postgres://u:p@db/d?sslmode=require', { security: { rejectUnauthorized: false } }],
  ['postgres://u:p@db/d?sslmode=verify-ca', { security: { rejectUnauthorized: true } }],
  ['postgres://u:p@db/d?sslmode=require&sslrootcert=system', { security: { rejectUnauthorized: true } }],
  [
    'postgres://u:p@db/d?options=-csearch_path%3Dx&application_name=y',
    { parameters: { options: '-csearch_path=x', application_name: 'y' } },
  ],
] as [string, object][])('%s', (text, expected) => {
  expect(readAddress(text)).toMatchObject(expected);
});

test('only verify-full asks whom it talks to', () => {
  const checks = ['require', 'verify-ca', 'verify-full'].map((mode) => {
    const { security } = readAddress(`postgres://u:p@db/d?sslmode=${mode}`);
    return typeof security === 'object' && security.checkServerIdentity === undefined;
  });
  expect(checks).toEqual([false, false, true]);
});

test('what a person is told holds no password', () => {
  for (const [text, said] of [
    ['postgres://u:hunter2@db/d', 'PostgreSQL d at db:5432'],
    ['postgres://u:hunter2@[::1]:1/d', 'PostgreSQL d at [::1]:1'],
    ['postgres:///d?host=/run/pg&user=u&password=hunter2', 'PostgreSQL d at /run/pg'],
  ] as const)
    expect(readAddress(text).description).toBe(said);
});

describe('is refused, without being repeated', () => {
  test.each([
    ['postgres://u:hunter2@db/d?sslmode=no', /sslmode must be one of/],
    ['postgres://u:hunter2@db/d?sslrootcert=/nowhere/at.all&sslmode=require', /sslrootcert cannot be read/],
    ['postgres://u:hunter2@db/d?channel_binding=require', /channel_binding/],
    ['postgres://u:hunter2@db/d?pgbouncer=true', /parameter 'pgbouncer'/],
    ['postgres://u:hunter2%zz@db/d', /badly encoded/],
    ['postgres://u:hunter2/@db/d', /the address is none/],
    ['postgres:///d?host=a,b&password=hunter2', /one host only/],
  ] as [string, RegExp][])('%s', (text, why) => {
    let said = '';
    try {
      readAddress(text);
    } catch (thrown) {
      if (!(thrown instanceof StorageRefused)) throw thrown;
      said = thrown.message;
    }
    expect(said).toMatch(why);
    expect(said).not.toContain('hunter2');
  });
});
