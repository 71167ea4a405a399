/** Tools, the choice among them and the shape of the answer: read, and written back as they were. */
import { describe, expect, test } from 'bun:test';
import type { JsonValue } from '../../../src/core/json.ts';
import {
  readResponseFormat,
  readTool,
  readToolChoice,
  writeResponseFormat,
  writeTool,
  writeToolChoice,
} from '../../../src/dialects/openai-chat/tools.ts';

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const schema = { type: 'object', properties: { a: { type: 'string' } } };

const tools: [JsonValue, string][] = [
  [{ type: 'function', function: { name: 'f' } }, 'function'],
  [
    { type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: null } },
    'function',
  ],
  [{ function: { parameters: schema, name: 'f' }, type: 'function', x: 1 }, 'function'],
  [{ type: 'function', function: { name: 'f', parameters: 'odd', description: 5 } }, 'function'],
  [{ type: 'function', function: { name: 5 } }, 'other'],
  [{ type: 'function', function: null }, 'other'],
  [{ type: 'custom', custom: { name: 'g', format: { type: 'grammar' } } }, 'custom'],
  [{ type: 'web_search' }, 'other'],
  ['f', 'other'],
  [null, 'other'],
];

test.each(tools)('tool %j is read as %s and written back', (raw, type) => {
  const tool = readTool(raw);
  expect(tool.type).toBe(type as 'function');
  expect(asJson(writeTool(tool))).toEqual(raw);
});

const choices: [JsonValue, string][] = [
  ['auto', 'auto'],
  ['required', 'required'],
  ['none', 'none'],
  [{ type: 'function', function: { name: 'f' } }, 'named'],
  [{ type: 'function', function: { name: 'f', x: 1 } }, 'other'],
  [{ type: 'function', function: { name: 'f' }, x: 1 }, 'other'],
  [{ type: 'function', name: 'f' }, 'other'],
  [{ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } }, 'other'],
  ['any', 'other'],
  [5, 'other'],
];

test.each(choices)('choice %j is read as %s and written back', (raw, type) => {
  const choice = readToolChoice(raw);
  expect(choice.type).toBe(type as 'auto');
  expect(asJson(writeToolChoice(choice))).toEqual(raw);
});

const formats: [JsonValue, string][] = [
  [{ type: 'text' }, 'text'],
  [{ type: 'json_object' }, 'json'],
  [{ type: 'json_object', schema }, 'other'],
  [{ type: 'json_schema', json_schema: { name: 'n', strict: true, schema } }, 'json-schema'],
  [{ json_schema: { schema, name: 'n' }, type: 'json_schema', x: 1 }, 'json-schema'],
  [{ type: 'json_schema', json_schema: { name: 'n' } }, 'other'],
  [{ type: 'json_schema' }, 'other'],
  [{ type: 'grammar', grammar: 'root ::= x' }, 'other'],
  ['json', 'other'],
];

test.each(formats)('format %j is read as %s and written back', (raw, type) => {
  const format = readResponseFormat(raw);
  expect(format.type).toBe(type as 'text');
  expect(asJson(writeResponseFormat(format))).toEqual(raw);
});

describe('from another dialect', () => {
  const carry = { dialect: 'openai-completions' as const, fields: { foreign: 1 } };

  test('a tool is written in full', () => {
    expect(writeTool({ type: 'function', name: 'f', parameters: schema, carry })).toEqual({
      type: 'function',
      function: { name: 'f', parameters: schema },
    });
  });

  test('a schema is given the name the API requires', () => {
    expect(writeResponseFormat({ type: 'json-schema', schema, carry })).toEqual({
      type: 'json_schema',
      json_schema: { name: 'reply', schema },
    });
  });
});
