/** Each item of a list is a choice of its own, whatever it says of itself. */
import { expect, test } from 'bun:test';
import type { JsonValue } from '../../../src/core/json.ts';
import { choiceIndexes } from '../../../src/dialects/openai/choice-index.ts';

test.each([
  [
    [{ index: 0 }, { index: 1 }],
    [0, 1],
  ],
  [
    [{ index: 1 }, { index: 0 }],
    [1, 0],
  ],
  [[{ index: 5 }], [5]],
  [
    [{}, {}],
    [0, 1],
  ],
  [
    [{ index: 0 }, { index: 0 }],
    [0, 1],
  ],
  [
    [{ index: 1 }, {}],
    [1, 2],
  ],
  [
    [{ index: -1 }, { index: 1e308 }, { index: 0.5 }, { index: '7' }, null],
    [0, 1, 2, 3, 4],
  ],
  [[], []],
] as [JsonValue[], number[]][])('%j are %j', (choices, indexes) => {
  expect(choiceIndexes(choices)).toEqual(indexes);
});
