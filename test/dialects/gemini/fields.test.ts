import { describe, expect, test } from 'bun:test';
import {
  fieldOf,
  fillSeat,
  hasSeat,
  keyOf,
  snakeCased,
  takeField,
} from '../../../src/dialects/gemini/fields.ts';

describe('the two spellings of a field', () => {
  for (const [camel, snake] of Object.entries(snakeCased))
    test(`${camel} is ${snake}`, () => {
      expect(camel.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)).toBe(snake);
    });

  test('the spelling that is there is the one read, taken and filled again', () => {
    const fields = { response_id: 'r', name: 'n' };
    expect(fieldOf(fields, 'responseId')).toBe('r');
    expect(takeField(fields, 'responseId')).toBe('r');
    expect(hasSeat(fields, 'responseId')).toBe(true);
    fillSeat(fields, 'responseId', 's');
    expect(fields).toEqual({ response_id: 's', name: 'n' });
    expect(keyOf(fields, 'modelVersion')).toBe('modelVersion');
  });

  test('where both are there, the one that was taken does not give way to the other', () => {
    const fields = { responseId: 'r', response_id: 's' };
    expect(takeField(fields, 'responseId')).toBe('r');
    expect(fieldOf(fields, 'responseId')).toBeUndefined();
  });
});
