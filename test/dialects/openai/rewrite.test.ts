/** Exchanging the model in a request's own text: no other byte moves, and the parsed way says the same. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { outlineJson } from '../../../src/core/json-outline.ts';
import { rewriteJson, rewriteRequest, rewrittenKeys } from '../../../src/dialects/openai/rewrite.ts';
import { Generator } from '../../core/generator.ts';

function rewrite(text: string, model: string, askForUsage: boolean): string {
  const json = JSON.parse(text) as JsonObject;
  const body = { text, json, outline: outlineJson(text, rewrittenKeys, 64) };
  const head = { model: String(json.model), stream: askForUsage, wantsUsage: false };
  return rewriteRequest(body, head, { model, askForUsage });
}

test.each([
  ['{"model":"a","messages":[]}', '{"model":"b","messages":[]}'],
  ['{ "model" : "a" ,\n\t"x": 1.0e5 }\n', '{ "model" : "b" ,\n\t"x": 1.0e5 }\n'],
  [
    '{"x":{"model":"a"},"y":"\\"model\\":\\"a\\"","model":"a"}',
    '{"x":{"model":"a"},"y":"\\"model\\":\\"a\\"","model":"b"}',
  ],
  ['{"model":"\\u0061","n":12345678901234567890}', '{"model":"b","n":12345678901234567890}'],
])('%j becomes %j', (text, expected) => {
  expect(rewrite(text, 'b', false)).toBe(expected);
});

test('a body that needs no change is the same text', () => {
  const text = ' {"model" :"a", "stream":true}';
  expect(rewrite(text, 'a', false)).toBe(text);
});

test('a model whose key is spelled with an escape is exchanged all the same', () => {
  const text = '{"mod\\u0065l":"a","messages":[]}';
  expect(JSON.parse(rewrite(text, 'b', false))).toEqual({ model: 'b', messages: [] });
});

test.each(['a"b', 'a\\', 'é漢😀', '\n', '</script>', '$&', '$1'])(
  'the name %j is written as JSON',
  (model) => {
    expect(JSON.parse(rewrite('{"model":"x","y":1}', model, true))).toEqual({
      model,
      y: 1,
      stream_options: { include_usage: true },
    });
  },
);

describe('asking for usage', () => {
  test.each([
    ['{"model":"a"}', '{"model":"a","stream_options":{"include_usage":true}}'],
    ['{"model":"a" } ', '{"model":"a" ,"stream_options":{"include_usage":true}} '],
    ['{"stream_options":null,"model":"a"}', '{"stream_options":{"include_usage":true},"model":"a"}'],
    [
      '{"model":"a","stream_options":{"include_usage":false}}',
      '{"model":"a","stream_options":{"include_usage":true}}',
    ],
    [
      '{"stream_options": {"x":[1]} ,"model":"a"}',
      '{"stream_options": {"x":[1],"include_usage":true} ,"model":"a"}',
    ],
  ])('%s becomes %s', (text, expected) => {
    expect(rewrite(text, 'a', true)).toBe(expected);
  });

  test('works where its key is spelled with an escape', () => {
    expect(JSON.parse(rewrite('{"model":"a","stre\\u0061m_options":{"x":1}}', 'a', true))).toEqual({
      model: 'a',
      stream_options: { x: 1, include_usage: true },
    });
  });
});

test('on generated bodies the text and the parsed way agree', () => {
  const chance = new Generator(42);
  for (let round = 0; round < 2000; round++) {
    const json: JsonObject = { ...chance.object(2, 3), model: chance.text(), ...chance.object(2, 2) };
    if (chance.chance(0.4)) json.stream_options = chance.chance(0.5) ? null : chance.object(1, 2);
    delete json.usage;
    const text = chance.spaced(json);
    const change = { model: chance.text(), askForUsage: chance.chance(0.5) };
    const written = rewriteRequest(
      { text, json, outline: outlineJson(text, rewrittenKeys, 64) },
      { model: String(json.model), stream: true, wantsUsage: false },
      change,
    );
    expect(JSON.parse(written)).toEqual(rewriteJson(json, change));
  }
});
