/** Addresses and ranges: what is inside, what is none, and whose address a chain of proxies tells of. */
import { describe, expect, test } from 'bun:test';
import { AddressRanges, isRangeWithin, parseRange } from '../../src/identity/address-ranges.ts';
import { clientAddress } from '../../src/identity/forwarded-for.ts';

test.each([
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['10.0.0.0/8', '::ffff:a01:203', true],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '11.1.2.3', false],
  ['::/0', '10.0.0.1', false],
  ['0.0.0.0/0', '::1', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::', false],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['10.0.0.0/8', '167772161', false],
  ['10.0.0.0/8', '0x0a000001', false],
  ['10.0.0.0/8', '012.0.0.1', false],
  ['10.0.0.0/8', '10.1', false],
  ['0.0.0.0/0', '', false],
  ['0.0.0.0/0', 'localhost', false],
  ['0.0.0.0/0', '10.0.0.1, 10.0.0.2', false],
])('%p holds %p: %p', (range, address, held) => {
  expect(new AddressRanges([range]).has(address)).toBe(held);
});

test.each([
  '',
  '/',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0/8',
  '::1/129',
  '::ffff:10.0.0.0/95',
  'x/8',
  '10.0.0.0/8 ',
  '10.0.0.0/1e1',
  '0/0',
  '*',
])('%p is no range, and allows nothing', (text) => {
  expect(parseRange(text)).toBeUndefined();
  expect(new AddressRanges([text]).has('10.0.0.1')).toBe(false);
});

test.each([
  ['10.1.0.0/16', '10.0.0.0/8', true],
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['10.0.0.0/7', '10.0.0.0/8', false],
  ['11.0.0.0/16', '10.0.0.0/8', false],
  ['::ffff:10.1.0.0/112', '10.0.0.0/8', true],
  ['::/0', '0.0.0.0/0', false],
])('%p is within %p: %p', (inner, outer, within) => {
  const [a, b] = [parseRange(inner), parseRange(outer)];
  expect(a !== undefined && b !== undefined && isRangeWithin(a, b)).toBe(within);
});

describe('the client’s address', () => {
  const trusted = new AddressRanges(['10.0.0.0/8', '::1']);
  test.each([
    ['10.0.0.1', null, '10.0.0.1'],
    ['10.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['::ffff:10.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['192.0.2.9', '203.0.113.1', '192.0.2.9'],
    ['10.0.0.1', '203.0.113.1, 192.0.2.1', '192.0.2.1'],
    ['10.0.0.1', '203.0.113.1, 192.0.2.1, 10.0.0.2', '192.0.2.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '203.0.113.1,, 10.0.0.2', undefined],
    ['10.0.0.1', '', undefined],
    ['10.0.0.1', '203.0.113.1, _hidden', undefined],
    ['10.0.0.1', '192.0.2.1:443', '192.0.2.1'],
    ['10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
    ['10.0.0.1', '2001:db8::1', '2001:db8::1'],
  ])('from %p with %p is %p', (connected, forwarded, expected) => {
    expect(clientAddress(connected, forwarded, trusted)).toBe(expected as string);
  });
});
