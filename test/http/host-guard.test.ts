/** Host headers that two readers could understand differently are refused, the first time and after a good one. */
import { expect, test } from 'bun:test';
import { createHostGuard } from '../../src/http/host-guard.ts';

function passes(host: string | undefined, ...before: string[]): boolean {
  const guard = createHostGuard();
  const requestOf = (value: string | undefined) =>
    new Request('http://gateway/v1/models', value === undefined ? {} : { headers: { host: value } });
  for (const earlier of before) guard(requestOf(earlier));
  return guard(requestOf(host));
}

test.each([
  'localhost',
  'localhost:8080',
  'a',
  'gateway.example.com',
  'GATEWAY.Example.COM:443',
  '127.0.0.1:8080',
  '[::1]',
  '[::1]:8080',
  '[fe80::1]:1',
  'my_service',
  'xn--bcher-kva.example',
])('%j passes', (host) => {
  expect(passes(host)).toBe(true);
  expect(passes(host, 'other.example')).toBe(true);
});

test.each([
  '',
  ' ',
  'a b',
  'a, b',
  'a,a',
  'a/v1',
  'a/',
  'a?x',
  'a#x',
  'user@a',
  'a:',
  'a:b',
  'a:123456',
  '::1',
  '[::1',
  '::1]',
  '[localhost]',
  'a\\b',
  'http://a',
  'a%2fb',
  'a;b',
  '<script>',
  "a'b",
])('%j is refused', (host) => {
  expect(passes(host)).toBe(false);
  expect(passes(host, 'good.example')).toBe(false);
});

test('none at all is refused', () => {
  expect(passes(undefined)).toBe(false);
  expect(passes(undefined, 'good.example')).toBe(false);
});
