/** Items of one assistant's turn reach every other API as one message, its parallel calls answered right after it. */
import { expect, test } from 'bun:test';
import { isObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { dialects } from '../../../src/dialects/registry.ts';
import { crossRequest } from '../../support/trips.ts';

const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' });
const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: id });
const body: JsonObject = {
  model: 'm',
  input: [
    { role: 'user', content: 'hi' },
    { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'gAAA' },
    { role: 'assistant', content: [{ type: 'output_text', text: 'let me' }] },
    { type: 'web_search_call', id: 'ws', status: 'completed' },
    call('a'),
    call('b'),
    output('a'),
    output('b'),
  ],
};

function rolesIn(list: JsonValue | undefined): unknown[] {
  return (Array.isArray(list) ? list : []).map((message) => isObject(message) && message.role);
}

test.each([
  ['openai-chat', 'messages', ['user', 'assistant', 'tool', 'tool']],
  ['anthropic-messages', 'messages', ['user', 'assistant', 'user']],
  ['bedrock-converse', 'messages', ['user', 'assistant', 'user']],
  ['gemini', 'contents', ['user', 'model', 'user']],
] as const)('to %s', (name, key, roles) => {
  const dialect = dialects.get(name);
  if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
  expect(rolesIn(crossRequest(openaiResponses, dialect, body).written[key])).toEqual([...roles]);
});
