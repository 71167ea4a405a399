/** Which spellings of `..` the URL parser folds away, and which it keeps. */
import { describe, expect, test } from 'bun:test';

describe('new URL().pathname', () => {
  test.each([
    ['/x/../admin', '/admin'],
    ['/x/%2e%2e/admin', '/admin'],
    ['/x/.%2E/admin', '/admin'],
    ['/x/%2e/admin', '/x/admin'],
    ['/x\\..\\admin', '/admin'],
    ['/x\t/admin', '/x/admin'],
    ['/x%2f..%2fadmin', '/x%2f..%2fadmin'],
    ['/x/..;/admin', '/x/..;/admin'],
    ['//admin', '//admin'],
  ])('%j becomes %s', (path, folded) => {
    expect(new URL(`http://canary${path}`).pathname).toBe(folded);
  });
});

test('an address in decimal, octal or hex form becomes the dotted one', () => {
  for (const host of ['2130706433', '0177.0.0.1', '0x7f.1', '127.1'])
    expect(new URL(`http://${host}/`).hostname).toBe('127.0.0.1');
});
