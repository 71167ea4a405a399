/** What was probably meant. */
import { expect, test } from 'bun:test';
import { ConfigError, didYouMean } from '../../src/config/diagnostics.ts';

const known = ['host', 'port', 'rootKey', 'requireAuth', 'timeouts', 'providers'];

test.each([
  ['prot', 'port'],
  ['prt', 'port'],
  ['ports', 'port'],
  ['PORT', 'port'],
  ['rootkey', 'rootKey'],
  ['root_key', 'rootKey'],
  ['requireauth', 'requireAuth'],
  ['provider', 'providers'],
  ['timeout', 'timeouts'],
])('%s was probably %s', (word, meant) => {
  expect(didYouMean(word, known)).toBe(` Did you mean '${meant}'?`);
});

test.each(['', 'x', 'database', 'zzzzzzzz', '__proto__', 'constructor'])('%j was nothing known', (word) => {
  expect(didYouMean(word, known)).toBe('');
});

test('the nearest is named, and nothing where nothing is known', () => {
  expect(didYouMean('hort', ['port', 'hort1', 'host'])).toMatch(/'(port|hort1|host)'/);
  expect(didYouMean('ports', ['sport', 'port'])).toContain("'port'");
  expect(didYouMean('x', [])).toBe('');
});

test('an error lists every complaint, one a line', () => {
  const error = new ConfigError([
    { where: 'f:1:2', problem: 'a.' },
    { where: 'environment PORT', problem: 'b.' },
  ]);
  expect(error.message).toBe('f:1:2  a.\nenvironment PORT  b.');
});
