/** Another API's settings in Anthropic's words, for the model they go to; what it cannot take is named or refused. */
import { describe, expect, test } from 'bun:test';
import type { Call } from '../../../src/core/call.ts';
import { asked, callOf, foreign } from './call.ts';

const tool = { type: 'function', name: 'n', parameters: { properties: {} } } as const;
const toolBlock = { name: 'n', input_schema: { type: 'object', properties: {} } };
const [budget, either, adaptive, none] = [
  'claude-sonnet-4-5',
  'claude-opus-4-6',
  'claude-opus-4-8',
  'claude-3-5-haiku-20241022',
];

function settings(more: Partial<Call>, model?: string): unknown {
  const { written, losses } = asked(callOf(more), model);
  const { model: _model, max_tokens: _max, messages: _messages, ...rest } = written;
  return losses.length === 0 ? rest : { ...rest, losses };
}

test.each<[Partial<Call>, unknown]>([
  [{ tools: [tool] }, { tools: [toolBlock] }],
  [
    { tools: [tool], toolChoice: { type: 'auto' } },
    { tools: [toolBlock], tool_choice: { type: 'auto' } },
  ],
  [
    { tools: [tool], toolChoice: { type: 'required' } },
    { tools: [toolBlock], tool_choice: { type: 'any' } },
  ],
  [
    { tools: [tool], toolChoice: { type: 'none' } },
    { tools: [toolBlock], tool_choice: { type: 'none' } },
  ],
  [
    { tools: [tool], toolChoice: { type: 'named', name: 'n' }, parallelToolCalls: true },
    { tools: [toolBlock], tool_choice: { type: 'tool', name: 'n' } },
  ],
  [
    { tools: [tool], parallelToolCalls: false },
    { tools: [toolBlock], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  ],
  [
    { tools: [tool], toolChoice: { type: 'none' }, parallelToolCalls: false },
    { tools: [toolBlock], tool_choice: { type: 'none' } },
  ],
  [{ tools: [], toolChoice: { type: 'auto' }, parallelToolCalls: false }, {}],
  [{ toolChoice: { type: 'required' } }, { losses: ['tool_choice'] }],
  [{ tools: [{ ...tool, strict: false }] }, { tools: [toolBlock] }],
  [{ tools: [{ ...tool, strict: true }] }, { tools: [{ ...toolBlock, strict: true }] }],
  [{ stop: 'END' }, { stop_sequences: ['END'] }],
  [{ stop: ['\n', 'END'] }, { stop_sequences: ['END'], losses: ['stop'] }],
  [{ endUser: 'u' }, { metadata: { user_id: 'u' } }],
  [{ metadata: { a: 'b' } }, { losses: ['metadata'] }],
  [{ metadata: {} }, {}],
  [{ stream: true }, { stream: true }],
  [{ responseFormat: { type: 'text' } }, {}],
])('%j is %j', (more, written) => {
  expect(settings(more)).toEqual(written);
});

test('a tool of plain text takes its text as one argument', () => {
  const { written, losses } = asked(
    callOf({ tools: [{ type: 'custom', name: 'shell', description: 'Runs' }] }),
  );
  expect(written.tools).toMatchObject([
    { name: 'shell', description: 'Runs', input_schema: { properties: { input: { type: 'string' } } } },
  ]);
  expect(losses).toEqual([]);
});

describe('sampling', () => {
  test.each<[Call['sampling'], string, unknown]>([
    [{ temperature: 0.5 }, budget, { temperature: 0.5 }],
    [{ temperature: 1.6 }, budget, { temperature: 1, losses: ['temperature'] }],
    [{ temperature: 0.5, topP: 0.9 }, budget, { temperature: 0.5, losses: ['top_p'] }],
    [{ temperature: 0.5, topP: 0.9 }, none, { temperature: 0.5, top_p: 0.9 }],
    [{ temperature: 0.5, topP: 0.9, topK: 5 }, adaptive, { losses: ['temperature', 'top_p', 'top_k'] }],
    [{ temperature: 1, topP: 1 }, adaptive, {}],
    [{ topK: 5 }, budget, { top_k: 5 }],
    [
      { seed: 1, frequencyPenalty: 0.5, presencePenalty: 0 },
      budget,
      { losses: ['seed', 'frequency_penalty'] },
    ],
    [{ logprobs: true, topLogprobs: 2 }, budget, { losses: ['logprobs', 'top_logprobs'] }],
    [{ logprobs: false, topLogprobs: 0, choices: 1 }, budget, {}],
  ])('%j for %s is %j', (sampling, model, written) => {
    expect(settings({ sampling }, model)).toEqual(written);
  });

  test('two choices are refused', () => {
    expect(() => asked(callOf({ sampling: { choices: 2 } }))).toThrow(
      expect.objectContaining({ code: 'unsupported_value', param: 'n' }),
    );
  });
});

describe('reasoning', () => {
  const thinks = (tokens: number) => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
  const asBudget = { losses: ['reasoning effort (sent as a budget)'] };
  test.each<[Partial<Call>, string, unknown]>([
    [{ reasoning: { effort: 'high' } }, budget, { ...thinks(24_576), ...asBudget }],
    [{ reasoning: { effort: 'minimal' } }, budget, { ...thinks(1024), ...asBudget }],
    [{ reasoning: { effort: 'high' }, maxOutputTokens: 4000 }, budget, { ...thinks(2000), ...asBudget }],
    [{ reasoning: { effort: 'high' }, maxOutputTokens: 1500 }, budget, { ...thinks(1024), ...asBudget }],
    [{ reasoning: { effort: 'high' }, maxOutputTokens: 1024 }, budget, { losses: ['reasoning'] }],
    [{ reasoning: { budgetTokens: 100 } }, budget, thinks(1024)],
    [{ reasoning: { budgetTokens: 9000 }, maxOutputTokens: 9000 }, budget, thinks(8999)],
    [{ reasoning: { mode: 'adaptive' } }, budget, thinks(12_288)],
    [{ reasoning: { effort: 'none' } }, budget, { thinking: { type: 'disabled' } }],
    [{ reasoning: { budgetTokens: 0 } }, budget, { thinking: { type: 'disabled' } }],
    [{ reasoning: { mode: 'disabled' } }, none, {}],
    [{ reasoning: { effort: 'low' } }, none, { losses: ['reasoning'] }],
    [
      { reasoning: { effort: 'high' } },
      adaptive,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    [
      { reasoning: { effort: 'minimal', show: true } },
      adaptive,
      {
        thinking: { type: 'adaptive', display: 'summarized' },
        output_config: { effort: 'low' },
        losses: ['reasoning effort minimal'],
      },
    ],
    [
      { reasoning: { mode: 'enabled', budgetTokens: 9000 } },
      adaptive,
      {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'medium' },
        losses: ['reasoning budget (said as an effort)'],
      },
    ],
    [{ reasoning: { mode: 'enabled', budgetTokens: 9000 } }, either, thinks(9000)],
    [
      { reasoning: { effort: 'xhigh' } },
      either,
      {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'high' },
        losses: ['reasoning effort xhigh'],
      },
    ],
    [
      { reasoning: { effort: 'high' }, tools: [tool], toolChoice: { type: 'required' } },
      budget,
      { tools: [toolBlock], tool_choice: { type: 'any' }, losses: ['reasoning'] },
    ],
    [
      { reasoning: { effort: 'high' }, tools: [tool], toolChoice: { type: 'named', name: 'n' } },
      adaptive,
      {
        tools: [toolBlock],
        tool_choice: { type: 'tool', name: 'n' },
        output_config: { effort: 'high' },
        losses: ['reasoning'],
      },
    ],
    [
      { reasoning: { effort: 'low' }, sampling: { temperature: 0.2, topK: 5, topP: 0.97 } },
      budget,
      { ...thinks(4096), top_p: 0.97, losses: [...asBudget.losses, 'temperature', 'top_k'] },
    ],
  ])('%j for %s is %j', (more, model, written) => {
    expect(settings(more, model)).toEqual(written);
  });
});

describe('the shape of the answer', () => {
  const schema = {
    type: 'object',
    properties: {
      default: { type: ['object', 'null'], properties: {} },
      list: { type: 'array', items: { type: 'object', additionalProperties: true } },
    },
    default: { type: 'object' },
  };

  test('a schema is native, and every object in it is closed', () => {
    expect(settings({ responseFormat: { type: 'json-schema', schema, carry: foreign } })).toEqual({
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: {
              default: { type: ['object', 'null'], properties: {}, additionalProperties: false },
              list: { type: 'array', items: { type: 'object', additionalProperties: true } },
            },
            default: { type: 'object' },
            additionalProperties: false,
          },
        },
      },
    });
  });

  test.each([
    ['json', { type: 'json' } as const, budget],
    ['a schema for a model without', { type: 'json-schema', schema } as const, none],
  ])('%s is asked for in words, with a warning', (_what, responseFormat, model) => {
    const { written, losses } = asked(callOf({ responseFormat }), model);
    expect(written.system).toContain('JSON');
    expect(written.output_config).toBeUndefined();
    expect(losses).toEqual(['response_format']);
  });
});

test.each([
  ['claude-3-haiku-20240307', 4096],
  ['claude-3-5-sonnet-latest', 8192],
  ['claude-opus-4-20250514', 32_000],
  ['us.anthropic.claude-opus-4-20250514-v1:0', 32_000],
  ['claude-opus-4@20250514', 32_000],
  ['claude-opus-4-1', 32_000],
  ['claude-sonnet-4', 64_000],
  ['claude-sonnet-4-5@20250929', 64_000],
  ['claude-opus-4-6', 128_000],
  ['claude-opus-4-8', 128_000],
  ['claude-opus-5', 64_000],
  ['kimi-k3', 32_000],
])('%s may answer with %d tokens when the client does not say', (model, most) => {
  expect(asked(callOf(), model).written.max_tokens).toBe(most);
  expect(asked(callOf({ maxOutputTokens: 7 }), model).written.max_tokens).toBe(7);
});
