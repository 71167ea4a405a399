/** A secret prints as [redacted] wherever it goes, and is revealed only when asked by name. */
import { expect, test } from 'bun:test';
import { format, inspect } from 'node:util';
import { Secret } from '../../src/core/secret.ts';

const value = 'sk-og-top-secret-value';
const secret = new Secret(value);

const ways: [string, () => string][] = [
  ['toString', () => secret.toString()],
  ['String', () => String(secret)],
  ['a template', () => `${secret}`],
  ['concatenation', () => `key ${secret as unknown as string}`.concat(String(secret))],
  ['JSON', () => JSON.stringify(secret)],
  ['JSON of what holds it', () => JSON.stringify({ a: [{ secret }], map: [...new Map([[1, secret]])] })],
  ['util.inspect', () => inspect(secret)],
  ['util.inspect of what holds it', () => inspect({ a: [{ secret }] }, { depth: 9, showHidden: true })],
  ['util.format', () => format('%s %o %O %j', secret, secret, secret, secret)],
  ['Bun.inspect', () => Bun.inspect({ deep: { secret } })],
  ['an error message', () => new Error(`bad ${secret}`, { cause: secret }).message],
  ['an inspected error', () => inspect(new Error('bad', { cause: secret }))],
  ['its keys and values', () => [...Object.entries(secret), ...Reflect.ownKeys(secret)].join()],
  ['a copy', () => JSON.stringify({ ...secret }) + inspect(structuredClone({ ...secret }))],
];

test.each(ways)('%s does not show it', (_way, show) => {
  expect(show()).not.toContain(value);
  expect(show()).not.toContain('top-secret');
});

test.each(ways.slice(0, 10))('%s says that something was there', (_way, show) => {
  expect(show()).toContain('[redacted]');
});

test('it is revealed on request', () => {
  expect(secret.reveal()).toBe(value);
});

test.each([
  [`Bearer ${value}`, 'Bearer [redacted]'],
  [`${value}${value}`, '[redacted][redacted]'],
  ['nothing here', 'nothing here'],
  ['', ''],
])('%j is scrubbed', (text, scrubbed) => {
  expect(secret.scrub(text)).toBe(scrubbed);
});

test('signs that mean something in patterns and replacements mean nothing', () => {
  expect(new Secret('a.*$&(').scrub('xa.*$&(y aabc(')).toBe('x[redacted]y aabc(');
});

test('an empty secret scrubs nothing', () => {
  expect(new Secret('').scrub('text')).toBe('text');
});
