/** Calls of other dialects become requests in OpenAI's own words, or the loss is named. */
import { expect, test } from 'bun:test';
import type { Call, FunctionTool } from '../../../src/core/call.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { openaiErrors, openaiSpecIsPresent } from '../../support/openai-schema.ts';
import { asJson } from '../../support/trips.ts';

const carry = { dialect: 'gemini', fields: {} } as const;
const user = { role: 'user', parts: [{ type: 'text', text: 'hi' }], plainText: true, carry } as const;
const f: FunctionTool = { type: 'function', name: 'f', parameters: { type: 'object' }, strict: true };
const written = { type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } };
const other = { type: 'other', carry: { dialect: 'gemini', fields: { googleSearch: {} } } } as const;

function write(fields: Partial<Call>): { request: JsonObject; losses: readonly string[] } {
  const losses = new Losses();
  const call: Call = { model: 'a', stream: false, messages: [user], sampling: {}, carry, ...fields };
  const request = asJson(openaiChat.speak.writeRequest(call, { model: 'm', askForUsage: false }, losses));
  if (openaiSpecIsPresent) expect(openaiErrors('CreateChatCompletionRequest', request)).toEqual([]);
  return { request, losses: losses.list() };
}

const asEffort = 'reasoning budget (said as an effort)';

const cases: [string, Partial<Call>, JsonObject, string[]][] = [
  ['the least', {}, {}, []],
  ['a stream', { stream: true }, { stream: true }, []],
  [
    'sampling, for which OpenAI has all words but one',
    {
      sampling: {
        temperature: 0,
        topP: 0.5,
        topK: 40,
        frequencyPenalty: 1,
        presencePenalty: -1,
        seed: 7,
        choices: 2,
        logprobs: true,
        topLogprobs: 3,
      },
    },
    {
      temperature: 0,
      top_p: 0.5,
      frequency_penalty: 1,
      presence_penalty: -1,
      seed: 7,
      n: 2,
      logprobs: true,
      top_logprobs: 3,
    },
    ['top_k'],
  ],
  ['a limit', { maxOutputTokens: 9 }, { max_completion_tokens: 9 }, []],
  ['stop words', { stop: ['a', 'b'] }, { stop: ['a', 'b'] }, []],
  ['one stop word', { stop: 'END' }, { stop: 'END' }, []],
  ['no stop words', { stop: [] }, {}, []],
  ['too many', { stop: ['a', 'b', 'c', 'd', 'e'] }, { stop: ['a', 'b', 'c', 'd'] }, ['stop words beyond 4']],
  ['an end user', { endUser: 'ann' }, { user: 'ann' }, []],
  ['labels', { metadata: { a: 'b' } }, { metadata: { a: 'b' } }, []],
  ['a label too long', { metadata: { a: 'b', c: 'x'.repeat(513) } }, { metadata: { a: 'b' } }, ['metadata']],
  [
    'tools, marks and kinds nobody else has left out',
    { tools: [{ ...f, cache: {} }, other, { type: 'custom', name: 'g', format: { type: 'text' } }] },
    { tools: [written, { type: 'custom', custom: { name: 'g', format: { type: 'text' } } }] },
    ['cache_control'],
  ],
  [
    'a grammar',
    {
      tools: [
        {
          type: 'custom',
          name: 'g',
          format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'd' } },
        },
      ],
    },
    {
      tools: [
        {
          type: 'custom',
          custom: { name: 'g', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'd' } } },
        },
      ],
    },
    [],
  ],
  [
    'how it shall be served',
    { serviceTier: 'flex', verbosity: 'low', promptCache: { key: 'k', retention: '24h' }, store: true },
    {
      service_tier: 'flex',
      verbosity: 'low',
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
      store: true,
    },
    [],
  ],
  ['that nothing shall be kept', { store: false }, {}, []],
  [
    'choices about tools that are not there',
    { tools: [other], toolChoice: { type: 'required' }, parallelToolCalls: false },
    {},
    [],
  ],
  [
    'a choice',
    { tools: [f], toolChoice: { type: 'required' }, parallelToolCalls: false },
    { tools: [written], tool_choice: 'required', parallel_tool_calls: false },
    [],
  ],
  [
    'a named choice',
    { tools: [f], toolChoice: { type: 'named', name: 'f' } },
    { tools: [written], tool_choice: { type: 'function', function: { name: 'f' } } },
    [],
  ],
  [
    'a custom tool by name',
    { tools: [{ type: 'custom', name: 'g' }], toolChoice: { type: 'named', name: 'g' } },
    {
      tools: [{ type: 'custom', custom: { name: 'g' } }],
      tool_choice: { type: 'custom', custom: { name: 'g' } },
    },
    [],
  ],
  [
    'a choice only another dialect has',
    { tools: [f], toolChoice: { type: 'other', carry } },
    { tools: [written] },
    [],
  ],
  [
    'a schema without a name',
    { responseFormat: { type: 'json-schema', schema: { type: 'object' } } },
    { response_format: { type: 'json_schema', json_schema: { name: 'reply', schema: { type: 'object' } } } },
    [],
  ],
  [
    'a schema whose name OpenAI would refuse',
    { responseFormat: { type: 'json-schema', schema: {}, name: 'my reply!', strict: true } },
    {
      response_format: { type: 'json_schema', json_schema: { name: 'my_reply_', schema: {}, strict: true } },
    },
    [],
  ],
  [
    'JSON where the prompt does not say the word',
    { responseFormat: { type: 'json' } },
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'reply', schema: { type: 'object' }, strict: false },
      },
    },
    ['JSON of any shape (asked for by a schema)'],
  ],
  ['a format only another dialect has', { responseFormat: { type: 'other', carry } }, {}, []],
  ['an effort', { reasoning: { effort: 'xhigh' } }, { reasoning_effort: 'xhigh' }, []],
  [
    'an effort beside a budget',
    { reasoning: { effort: 'low', budgetTokens: 32000 } },
    { reasoning_effort: 'low' },
    [asEffort],
  ],
  ['a small budget', { reasoning: { budgetTokens: 1024 } }, { reasoning_effort: 'low' }, [asEffort]],
  [
    'a budget',
    { reasoning: { mode: 'enabled', budgetTokens: 10000 } },
    { reasoning_effort: 'medium' },
    [asEffort],
  ],
  ['a large budget', { reasoning: { budgetTokens: 31999 } }, { reasoning_effort: 'high' }, [asEffort]],
  ['a budget the model chooses', { reasoning: { budgetTokens: -1 } }, {}, []],
  ['as much as the model likes', { reasoning: { mode: 'adaptive' } }, {}, []],
  ['that it is shown', { reasoning: { show: true } }, {}, ['whether reasoning is shown']],
  ['no reasoning', { reasoning: { mode: 'disabled' } }, {}, ['reasoning turned off']],
  ['a budget of nothing', { reasoning: { budgetTokens: 0 } }, {}, ['reasoning turned off']],
  ['the effort none', { reasoning: { effort: 'none' } }, { reasoning_effort: 'none' }, []],
];

test.each(cases)('%s', (_what, fields, expected, losses) => {
  const { request, losses: named } = write(fields);
  expect(request).toEqual({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...expected });
  expect(named).toEqual(losses);
});

test('JSON mode stands where the prompt says the word', () => {
  const asked = { ...user, parts: [{ type: 'text', text: 'answer in JSON' }] } as const;
  const { request } = write({ messages: [asked], responseFormat: { type: 'json' } });
  expect(request.response_format).toEqual({ type: 'json_object' });
});

test('usage is asked for where the gateway wants it', () => {
  const call: Call = { model: 'a', stream: true, messages: [user], sampling: {}, carry };
  const request = openaiChat.speak.writeRequest(call, { model: 'm', askForUsage: true }, new Losses());
  expect(request.stream_options).toEqual({ include_usage: true });
});
