/** Gemini's schemas as JSON Schema. */
import { expect, test } from 'bun:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { toJsonSchema } from '../../../src/dialects/gemini/schema.ts';

test.each<[string, JsonObject, JsonObject]>([
  ['types in capitals', { type: 'STRING' }, { type: 'string' }],
  ['types as they are', { type: 'object' }, { type: 'object' }],
  ['no type', { type: 'TYPE_UNSPECIFIED', description: 'x' }, { description: 'x' }],
  ['nullable', { type: 'STRING', nullable: true }, { type: ['string', 'null'] }],
  ['not nullable', { type: 'STRING', nullable: false }, { type: 'string' }],
  [
    'a nullable enum',
    { type: 'STRING', format: 'enum', enum: ['a'], nullable: true },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [
    'nullable alternatives',
    { anyOf: [{ type: 'STRING' }], nullable: true },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
  ],
  [
    'int64 as text',
    { type: 'ARRAY', maxItems: '3', minItems: 1 },
    { type: 'array', maxItems: 3, minItems: 1 },
  ],
  [
    'snake_case',
    { type: 'ARRAY', max_items: '3', any_of: [{ type: 'NULL' }] },
    { type: 'array', maxItems: 3, anyOf: [{ type: 'null' }] },
  ],
  ['a format', { type: 'STRING', format: 'date-time' }, { type: 'string', format: 'date-time' }],
  ['an example', { type: 'STRING', example: 'x' }, { type: 'string', examples: ['x'] }],
  [
    'everything inside',
    {
      type: 'OBJECT',
      properties: { a: { type: 'ARRAY', items: { type: 'NUMBER' } }, type: { type: 'BOOLEAN' } },
      required: ['a'],
    },
    {
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'number' } }, type: { type: 'boolean' } },
      required: ['a'],
    },
  ],
  [
    'what JSON Schema says itself',
    { type: 'OBJECT', additionalProperties: false, title: 'T', minimum: 0, pattern: 'p', default: null },
    { type: 'object', additionalProperties: false, title: 'T', minimum: 0, pattern: 'p', default: null },
  ],
  ['nonsense', { type: 1, properties: 'x', anyOf: 3, items: null, maxItems: 'x' }, { items: null }],
])('%s', (_, schema, expected) => {
  expect(toJsonSchema(schema)).toEqual(expected);
});

test('properties in the order that is wished for', () => {
  const schema = toJsonSchema({
    type: 'OBJECT',
    properties: { a: {}, b: {}, c: {} },
    propertyOrdering: ['c', 'x', 'a', 1],
  });
  expect(Object.keys(schema.properties as JsonObject)).toEqual(['c', 'a', 'b']);
});
