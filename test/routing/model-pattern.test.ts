/** Model names with `*`: what matches, and never more time than the name is long. */
import { expect, test } from 'bun:test';
import { matchesModel } from '../../src/routing/model-pattern.ts';
import { Generator } from '../core/generator.ts';

test.each([
  ['gpt-4o', 'gpt-4o', true],
  ['gpt-4o', 'gpt-4o-mini', false],
  ['gpt-*', 'gpt-4o', true],
  ['gpt-*', 'gpt-', true],
  ['gpt-*', 'xgpt-4o', false],
  ['*', '', true],
  ['*', 'anything/at:all', true],
  ['**', 'x', true],
  ['*-mini', 'gpt-4o-mini', true],
  ['*-mini', '-mini', true],
  ['*-mini', 'mini', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'acb', false],
  ['a*bc*c', 'abc', false],
  ['a*b*b*c', 'abc', false],
  ['', '', true],
  ['', 'x', false],
  ['gpt-4.1', 'gpt-4x1', false],
  ['[a-z]+', 'abc', false],
  ['^gpt$', 'gpt', false],
  ['GPT-*', 'gpt-4', false],
  ['gpt-*', 'gpt-4\nx', true],
])('%j on %j: %p', (pattern, model, expected) => {
  expect(matchesModel(pattern, model)).toBe(expected);
});

/** Grows with every pair of pattern and name, and is right by its simplicity. */
function slowly(pattern: string, model: string): boolean {
  const rows: boolean[] = Array.from({ length: model.length + 1 }, (_, at) => at === 0);
  for (const sign of pattern) {
    let before = rows[0] === true;
    rows[0] = before && sign === '*';
    for (let at = 1; at <= model.length; at++) {
      const diagonal = before;
      before = rows[at] === true;
      rows[at] = sign === '*' ? before || rows[at - 1] === true : diagonal && model[at - 1] === sign;
    }
  }
  return rows[model.length] === true;
}

test('agrees with a matcher that tries every way', () => {
  const chance = new Generator(17);
  const word = (letters: string, length: number) =>
    Array.from({ length: chance.below(length) }, () => chance.pick([...letters])).join('');
  let matches = 0;
  for (let round = 0; round < 20_000; round++) {
    const [pattern, model] = [word('ab**', 7), word('ab', 9)];
    const expected = slowly(pattern, model);
    matches += expected ? 1 : 0;
    expect({ pattern, model, matches: matchesModel(pattern, model) }).toEqual({
      pattern,
      model,
      matches: expected,
    });
  }
  expect(matches).toBeGreaterThan(1000);
});

test('a pattern made to explode does not', () => {
  const model = 'a'.repeat(50_000);
  expect(matchesModel(`${'a*'.repeat(5_000)}b`, model)).toBe(false);
  expect(matchesModel(`${'*a'.repeat(5_000)}b*`, model)).toBe(false);
  expect(matchesModel('a*'.repeat(5_000), model)).toBe(true);
});
