/** The root key: who is let in, from where, and that a refusal tells nothing. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { Secret } from '../../src/core/secret.ts';
import { createAuthenticator } from '../../src/identity/authenticator.ts';
import type { Caller } from '../../src/identity/caller.ts';
import { defaultRootKey } from '../../src/identity/root-key.ts';

const own = 'sk-of-my-own';
const here = () => true;
const elsewhere = () => false;
const noKeys = { find: () => undefined };

function outcome(
  rootKey: string,
  requireAuth: boolean,
  credential: string | undefined,
  isLocal: () => boolean,
) {
  try {
    const authenticate = createAuthenticator({ rootKey: new Secret(rootKey), requireAuth }, noKeys);
    return (authenticate(credential, { isLocal, address: () => undefined }) as Caller).keyId;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.status).toBe(401);
    expect(thrown.message).not.toContain(rootKey);
    if (credential !== undefined && credential !== '') expect(thrown.message).not.toContain(credential);
    return thrown.code;
  }
}

test.each([
  ['the key', own, 'root'],
  ['no key', undefined, 'invalid_api_key'],
  ['an empty key', '', 'invalid_api_key'],
  ['the beginning of the key', own.slice(0, -1), 'invalid_api_key'],
  ['the key and more', `${own}x`, 'invalid_api_key'],
  ['the key in capitals', own.toUpperCase(), 'invalid_api_key'],
  ['the key and a space', `${own} `, 'invalid_api_key'],
  ['the default key', defaultRootKey, 'invalid_api_key'],
  ['a very long key', 'k'.repeat(100_000), 'invalid_api_key'],
  ['a key that is not ASCII', 'sk-é漢😀', 'invalid_api_key'],
  ['[redacted]', '[redacted]', 'invalid_api_key'],
])('%s is judged the same from anywhere', (_what, credential, expected) => {
  for (const from of [here, elsewhere]) expect(outcome(own, true, credential, from)).toBe(expected as 'root');
});

test('a root key in the form of a virtual key opens as any other, and opens to none but itself', () => {
  const formed = `sk-og-${'a'.repeat(32)}`;
  const another = `sk-og-${'a'.repeat(31)}b`;
  expect([formed, another, own].map((credential) => outcome(formed, true, credential, elsewhere))).toEqual([
    'root',
    'invalid_api_key',
    'invalid_api_key',
  ]);
  expect(outcome(own, true, formed, elsewhere)).toBe('invalid_api_key');
});

describe('the published default', () => {
  test('opens to this machine only', () => {
    expect(outcome(defaultRootKey, true, defaultRootKey, here)).toBe('root');
    expect(outcome(defaultRootKey, true, defaultRootKey, elsewhere)).toBe('root_key_local_only');
  });

  test('refuses a wrong key as any other does', () => {
    for (const from of [here, elsewhere])
      expect(outcome(defaultRootKey, true, 'no', from)).toBe('invalid_api_key');
  });

  test('also where no key is required', () => {
    expect(outcome(defaultRootKey, false, defaultRootKey, elsewhere)).toBe('root_key_local_only');
  });
});

test.each([undefined, 'sk-wrong'])('where no key is required %p is anonymous', (credential) => {
  expect(outcome(own, false, credential, elsewhere)).toBe('anonymous');
});

test('where no key is required the key still makes a caller root', () => {
  expect(outcome(own, false, own, elsewhere)).toBe('root');
});

test('where the peer is, is asked only where it matters', () => {
  const never = () => {
    throw new Error('asked');
  };
  const authenticate = createAuthenticator({ rootKey: new Secret(own), requireAuth: true }, noKeys);
  expect((authenticate(own, { isLocal: never, address: never }) as Caller).keyId).toBe('root');
});
