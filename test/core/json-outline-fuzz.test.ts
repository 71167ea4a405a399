/** Thousands of generated objects: the outline agrees with JSON.parse, and an edit changes only what it names. */
import { expect, test } from 'bun:test';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { applyEdits, outlineJson } from '../../src/core/json-outline.ts';
import { Generator } from './generator.ts';

const rounds = 4000;
const wanted = new Set(['model', 'stream_options']);

function depthOf(value: JsonValue | undefined): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** A request-like object whose `model` stands among keys and values made to confuse. */
function requestLike(chance: Generator): JsonObject {
  const entries = Object.entries(chance.object(3, chance.below(5))).filter(([key]) => !wanted.has(key));
  const options: JsonValue = chance.chance(0.5) ? null : chance.object(1, 2);
  const own: [string, JsonValue][] = [['model', chance.text()]];
  if (chance.chance(0.3)) own.push(['stream_options', options]);
  for (const entry of own) entries.splice(chance.below(entries.length + 1), 0, entry);
  return Object.fromEntries(entries);
}

test('spans hold the very values, keys are counted and depth is measured', () => {
  const chance = new Generator(20260101);
  for (let round = 0; round < rounds; round++) {
    const json = requestLike(chance);
    const text = chance.spaced(json);
    const depth = depthOf(json);
    const outline = outlineJson(text, wanted, depth);
    for (const key of wanted) {
      const span = outline.spans.get(key);
      const found: unknown = span === undefined ? undefined : JSON.parse(text.slice(span.start, span.end));
      if (span !== undefined)
        expect(text.slice(span.start, span.end).trim()).toHaveLength(span.end - span.start);
      expect({ text, found }).toEqual({ text, found: json[key] });
    }
    expect({ text, keys: outline.topLevelKeys }).toEqual({ text, keys: Object.keys(json).length });
    expect({ text, end: text.slice(outline.closingBrace).trim() }).toEqual({ text, end: '}' });
    expect({ text, tooDeep: outline.tooDeep }).toEqual({ text, tooDeep: false });
    expect({ text, tooDeep: outlineJson(text, wanted, depth - 1).tooDeep }).toEqual({ text, tooDeep: true });
  }
});

test('exchanging the model changes the model and no other byte', () => {
  const chance = new Generator(7);
  for (let round = 0; round < rounds; round++) {
    const json = requestLike(chance);
    const text = chance.spaced(json);
    const span = outlineJson(text, wanted, 64).spans.get('model');
    if (span === undefined) throw new Error(`no model found in ${text}`);
    const edited = applyEdits(text, [{ ...span, text: '"other"' }]);
    expect(edited).toBe(`${text.slice(0, span.start)}"other"${text.slice(span.end)}`);
    expect(JSON.parse(edited)).toEqual({ ...json, model: 'other' });
  }
});

test('noise of JSON characters never hangs or throws', () => {
  const chance = new Generator(99);
  for (let round = 0; round < rounds; round++) {
    const noise = Array.from({ length: 30 }, () => chance.pick([...'{}[]",:\\ model'])).join('');
    expect(() => outlineJson(noise, wanted, 8)).not.toThrow();
  }
});
