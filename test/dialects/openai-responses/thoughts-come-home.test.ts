/** Encrypted thoughts of a Responses provider, shown to clients of every other dialect, come home as they were. */
import { expect, test } from 'bun:test';
import { isObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import type { RequestLine } from '../../../src/dialects/dialect.ts';
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts';
import { dialects } from '../../../src/dialects/registry.ts';
import { crossReply, crossRequest } from '../../support/trips.ts';

const thought = (summary: JsonValue[]): JsonObject => ({
  type: 'reasoning',
  id: 'rs_1',
  summary,
  encrypted_content: 'gAAAAABqPBJR-_w==',
});
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{}' };
const response = (item: JsonObject): JsonObject => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm',
  output: [item, call],
});

function at(value: JsonValue | undefined, ...path: (string | number)[]): JsonValue {
  let inner = value;
  for (const key of path)
    inner = Array.isArray(inner) ? inner[Number(key)] : isObject(inner) ? inner[key] : undefined;
  if (inner === undefined) throw new Error(`nothing at ${path.join('.')}`);
  return inner;
}

/** What a client sends after the reply: the conversation with it, and its tool's result. */
const answers: [string, (reply: JsonObject) => JsonObject, RequestLine?][] = [
  [
    'openai-chat',
    (reply) => ({
      model: 'm',
      messages: [
        { role: 'user', content: 'hi' },
        at(reply, 'choices', 0, 'message'),
        { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
      ],
    }),
  ],
  [
    'anthropic-messages',
    (reply) => ({
      model: 'm',
      max_tokens: 100,
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: at(reply, 'content') },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'ok' }] },
      ],
    }),
  ],
  [
    'bedrock-converse',
    (reply) => ({
      messages: [
        { role: 'user', content: [{ text: 'hi' }] },
        at(reply, 'output', 'message'),
        {
          role: 'user',
          content: [{ toolResult: { toolUseId: 'call_1', content: [{ text: 'ok' }] } }],
        },
      ],
    }),
    { model: 'm' },
  ],
];

test.each(
  answers.flatMap(([name, answer, line]) => [
    [name, 'shown', [{ type: 'summary_text', text: 'hm' }], answer, line] as const,
    [name, 'hidden', [], answer, line] as const,
  ]),
)('by way of a client of %s, %s', (name, _, summary, answer, line) => {
  const dialect = [...dialects.values()].find((candidate) => candidate.name === name);
  if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
  const item = thought([...summary]);
  const { written } = crossReply(openaiResponses, dialect, response(item));
  const next = crossRequest(dialect, openaiResponses, answer(written), line).written;
  expect(next.input).toMatchObject([
    { role: 'user' },
    item,
    { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'ok' },
  ]);
});
