/** Every way to carry a credential, alone and together: one is read, two different ones are refused. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../src/core/errors.ts';
import { readCredential } from '../../src/identity/credentials.ts';

const base = 'http://gateway/v1/models';

interface Way {
  readonly name: string;
  readonly carry: (headers: Headers, key: string) => string;
}

const inHeader = (name: string, prefix = ''): Way => ({
  name: prefix === '' ? name : `${name}: ${prefix.trim()}`,
  carry: (headers, key) => {
    headers.append(name, prefix + key);
    return '';
  },
});
const ways: readonly Way[] = [
  inHeader('authorization', 'Bearer '),
  inHeader('x-api-key'),
  inHeader('api-key'),
  inHeader('x-goog-api-key'),
  { name: '?key=', carry: (_headers, key) => `key=${encodeURIComponent(key)}` },
];

function read(carried: readonly (readonly [Way, string])[]): string | undefined {
  const headers = new Headers();
  const query = carried.map(([way, key]) => way.carry(headers, key)).filter((part) => part !== '');
  return readCredential(headers, query.length === 0 ? base : `${base}?${query.join('&')}`);
}

function outcome(act: () => string | undefined): string | undefined {
  try {
    return act();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.message).not.toContain('sk-');
    return thrown.code;
  }
}

test('a request without one has none', () => {
  expect(read([])).toBeUndefined();
});

describe.each(ways)('$name', (way) => {
  test('carries a credential', () => {
    expect(read([[way, 'sk-a']])).toBe('sk-a');
  });

  test('twice is refused', () => {
    expect(
      outcome(() =>
        read([
          [way, 'sk-a'],
          [way, 'sk-b'],
        ]),
      ),
    ).toBe('duplicate_credentials');
  });

  test.each(ways.filter((other) => other !== way))(
    'and $name may say the same, and nothing else',
    (other) => {
      expect(
        read([
          [way, 'sk-a'],
          [other, 'sk-a'],
        ]),
      ).toBe('sk-a');
      expect(
        outcome(() =>
          read([
            [way, 'sk-a'],
            [other, 'sk-b'],
          ]),
        ),
      ).toBe('duplicate_credentials');
    },
  );

  test.each(ways.filter((other) => other !== way))('counts where $name is empty', (other) => {
    expect(
      outcome(() =>
        read([
          [way, 'sk-a'],
          [other, ''],
        ]),
      ),
    ).toBe('sk-a');
  });
});

test.each(ways.slice(0, 4))('$name repeated is refused even where both say the same', (way) => {
  expect(
    outcome(() =>
      read([
        [way, 'sk-a'],
        [way, 'sk-a'],
      ]),
    ),
  ).toBe('duplicate_credentials');
});

test.each([
  ['Bearer sk-a', 'sk-a'],
  ['bearer sk-a', 'sk-a'],
  ['BEARER sk-a', 'sk-a'],
  ['Bearer   sk-a  ', 'sk-a'],
  ['Bearer', undefined],
  ['Bearer ', undefined],
  ['Bearersk-a', undefined],
  ['Basic c2s6YQ==', undefined],
  ['Token sk-a', undefined],
  ['sk-a', undefined],
  ['', undefined],
])('Authorization: %j is read as %p', (header, expected) => {
  expect(readCredential(new Headers({ authorization: header }), base)).toBe(expected as string);
});

test.each([
  ['', undefined],
  ['?', undefined],
  ['?key', undefined],
  ['?key=', undefined],
  ['?key=sk-a', 'sk-a'],
  ['?a=1&key=sk-a&b=2', 'sk-a'],
  ['?key=sk%2Da%20b', 'sk-a b'],
  ['?key=sk-a&key=sk-a', 'sk-a'],
  ['?key=sk-a&key=sk-b', 'duplicate_credentials'],
  ['?key=sk-a&%6bey=sk-b', 'duplicate_credentials'],
  ['?monkey=sk-a', undefined],
  ['?api_key=sk-a', undefined],
  ['?Key=sk-a', undefined],
  ['?__proto__=sk-a&constructor=sk-a', undefined],
])('the query %j is read as %p', (query, expected) => {
  expect(outcome(() => readCredential(new Headers(), base + query))).toBe(expected as string);
});

test('a path that looks like a query is a path', () => {
  expect(readCredential(new Headers(), 'http://gateway/v1/models/key=sk-a')).toBeUndefined();
});

test('a scheme of another kind does not hide the key beside it', () => {
  const headers = new Headers({ authorization: 'Basic eA==', 'x-api-key': 'sk-a' });
  expect(readCredential(headers, base)).toBe('sk-a');
});
