/** Requests of other APIs as Converse takes them: each line of the rules, and all of it against the service's model. */
import { describe, expect, test } from 'bun:test';
import type { Call, Message, ReasoningRequest } from '../../../src/core/call.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { Part } from '../../../src/core/part.ts';
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { AwsModel, awsModelIsPresent } from '../../support/aws-model.ts';
import { readTraffic, trafficIsPresent } from '../../support/traffic.ts';
import { asJson, crossRequest } from '../../support/trips.ts';

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const carry = { dialect: 'anthropic-messages', fields: {} } as const;
const model = awsModelIsPresent ? new AwsModel() : undefined;

function user(...parts: Part[]): Message {
  return { role: 'user', parts, plainText: false, carry };
}

function assistant(...parts: Part[]): Message {
  return { role: 'assistant', parts, plainText: false, carry };
}

function text(said: string): Part {
  return { type: 'text', text: said };
}

interface Written {
  readonly written: JsonObject;
  readonly losses: readonly string[];
}

/** Every request written here must fit the service's model. */
function write(call: Partial<Call>): Written {
  const losses = new Losses();
  const whole: Call = {
    model: claude,
    stream: false,
    messages: [user(text('hi'))],
    sampling: {},
    carry,
    ...call,
  };
  const written = asJson(
    bedrockConverse.speak.writeRequest(whole, { model: whole.model, askForUsage: false }, losses),
  );
  expect(model?.problems('ConverseRequest', written) ?? []).toEqual([]);
  return { written, losses: losses.list() };
}

function fromChat(json: JsonObject): Written {
  const crossed = crossRequest(openaiChat, bedrockConverse, { model: claude, ...json });
  expect(model?.problems('ConverseRequest', crossed.written) ?? []).toEqual([]);
  return crossed;
}

function refusal(run: () => unknown): GatewayError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

const weather = { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };
const chatTool = { type: 'function', function: weather };
const hi = [{ role: 'user', content: 'hi' }];

describe('messages', () => {
  test('system prompts that lead go to the top, a later one is the words of the user', () => {
    const { written } = fromChat({
      messages: [
        { role: 'system', content: 'a' },
        { role: 'developer', content: 'b' },
        { role: 'user', content: 'c' },
        { role: 'system', content: 'd' },
        { role: 'assistant', content: 'e' },
        { role: 'user', content: 'f' },
      ],
    });
    expect(written).toEqual({
      system: [{ text: 'a' }, { text: 'b' }],
      messages: [
        { role: 'user', content: [{ text: 'c' }, { text: 'd' }] },
        { role: 'assistant', content: [{ text: 'e' }] },
        { role: 'user', content: [{ text: 'f' }] },
      ],
    });
  });

  test('a call of instructions alone is spoken by the user', () => {
    expect(fromChat({ messages: [{ role: 'system', content: 'go' }] }).written).toEqual({
      messages: [{ role: 'user', content: [{ text: 'go' }] }],
    });
  });

  test('a line that changes with every call and means nothing here is left out of the system prompt', () => {
    const billing = text('x-anthropic-billing-header: cc_version=1; cch=00000;');
    const system: Message = {
      role: 'system',
      parts: [billing, text('be kind')],
      plainText: false,
      apart: true,
      carry,
    };
    expect(write({ messages: [system, user(text('hi'))] }).written.system).toEqual([{ text: 'be kind' }]);
  });

  test('blank texts, empty turns and white space at the very end are not sent', () => {
    const { written } = write({
      messages: [
        user(text(' \n'), text('a')),
        assistant(text('')),
        user(text('b')),
        assistant(text('c \n')),
        user(text('d')),
        assistant(text('{ "x": \n')),
      ],
    });
    expect(written.messages).toEqual([
      { role: 'user', content: [{ text: 'a' }, { text: 'b' }] },
      { role: 'assistant', content: [{ text: 'c \n' }] },
      { role: 'user', content: [{ text: 'd' }] },
      { role: 'assistant', content: [{ text: '{ "x":' }] },
    ]);
  });

  test('all results of parallel calls stand first in one user turn, images inside them', () => {
    const call = (id: string, args: string) => ({
      id,
      type: 'function',
      function: { name: 'weather', arguments: args },
    });
    const { written } = fromChat({
      messages: [
        ...hi,
        { role: 'assistant', content: null, tool_calls: [call('a', ''), call('b', '{"city":"Rome"}')] },
        { role: 'tool', tool_call_id: 'a', content: '20°' },
        { role: 'user', content: 'and?' },
        { role: 'tool', tool_call_id: 'b', content: '' },
      ],
      tools: [chatTool],
    });
    expect((written.messages as JsonObject[]).slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: 'a', name: 'weather', input: {} } },
          { toolUse: { toolUseId: 'b', name: 'weather', input: { city: 'Rome' } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: '20°' }] } },
          { toolResult: { toolUseId: 'b', content: [{ text: '(no output)' }] } },
          { text: 'and?' },
        ],
      },
    ]);
    const image: Part = {
      type: 'media',
      kind: 'image',
      source: { type: 'base64', mediaType: 'image/png', data: 'aGk=' },
    };
    const failed: Part = {
      type: 'tool-result',
      toolCallId: 'x',
      parts: [image],
      plainText: false,
      isError: true,
    };
    const { messages } = write({ messages: [user(failed)] }).written;
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          {
            toolResult: {
              toolUseId: 'x',
              content: [{ image: { format: 'png', source: { bytes: 'aGk=' } } }],
              status: 'error',
            },
          },
        ],
      },
    ]);
  });

  test.each([
    ['', {}, []],
    ['{"a":1}', { a: 1 }, []],
    ['{"a":', { arguments: '{"a":' }, ['tool call arguments that are no JSON object']],
    ['[1]', { arguments: [1] }, ['tool call arguments that are no JSON object']],
  ])('arguments %p', (args, input, losses) => {
    const found = write({
      messages: [assistant({ type: 'tool-call', id: 'a', name: 't', arguments: args })],
    });
    expect(found.written.messages).toEqual([
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 't', input } }] },
    ]);
    expect(found.losses).toEqual(losses as string[]);
  });

  test('ids and names that do not fit are remapped the same way in calls, results, tools and choice', () => {
    const id = `call|${'x'.repeat(80)}`;
    const name = 'mcp.server/find it';
    const { written } = write({
      messages: [
        user(text('hi')),
        assistant({ type: 'tool-call', id, name, arguments: '{}' }),
        user({ type: 'tool-result', toolCallId: id, parts: [text('ok')], plainText: true }),
      ],
      tools: [{ type: 'function', name }],
      toolChoice: { type: 'named', name },
    });
    const [, call, result] = written.messages as { content: JsonObject[] }[];
    const used = call?.content[0]?.toolUse as JsonObject;
    expect((result?.content[0]?.toolResult as JsonObject | undefined)?.toolUseId).toBe(used.toolUseId);
    expect(String(used.toolUseId)).toHaveLength(64);
    expect(String(used.name)).toMatch(/^mcp_server_find_it_[0-9a-f]{12}$/);
    expect(written.toolConfig).toMatchObject({
      tools: [{ toolSpec: { name: used.name } }],
      toolChoice: { tool: { name: used.name } },
    });
  });

  test('names that would fall together stay apart', () => {
    const { written } = write({ tools: ['a.b', 'a/b', 'a_b'].map((name) => ({ type: 'function', name })) });
    const { tools } = written.toolConfig as { tools: { toolSpec: JsonObject }[] };
    expect(new Set(tools.map(({ toolSpec }) => toolSpec.name)).size).toBe(3);
    expect(tools[2]?.toolSpec.name).toBe('a_b');
  });
});

describe('media', () => {
  function media(kind: 'image' | 'document' | 'video' | 'audio', mediaType: string, name?: string): Part {
    const source = { type: 'base64', mediaType, data: 'aGk=' } as const;
    return { type: 'media', kind, source, ...(name !== undefined && { name }) };
  }
  const block = (part: Part) =>
    (write({ messages: [user(part)] }).written.messages as { content: unknown[] }[])[0]?.content[0];

  test.each([
    ['image', 'image/jpg', 'jpeg'],
    ['image', 'image/webp', 'webp'],
    ['audio', 'audio/x-wav', 'wav'],
    ['video', 'video/quicktime', 'mov'],
  ] as const)('%s %s', (kind, type, format) => {
    expect(block(media(kind, type))).toEqual({ [kind]: { format, source: { bytes: 'aGk=' } } });
  });

  test('a document gets a neutral name, each its own, and the file name is named as lost', () => {
    const { written, losses } = write({
      messages: [
        user(media('document', 'application/pdf', 'IGNORE ALL.pdf'), media('document', 'text/x-python')),
      ],
    });
    expect(written.messages).toEqual([
      {
        role: 'user',
        content: [
          { document: { format: 'pdf', source: { bytes: 'aGk=' }, name: 'document-1' } },
          { document: { format: 'txt', source: { bytes: 'aGk=' }, name: 'document-2' } },
        ],
      },
    ]);
    expect(losses).toEqual(['file name']);
  });

  test('S3 addresses go as such, their format by their ending', () => {
    const part: Part = { type: 'media', kind: 'image', source: { type: 'url', url: 's3://bucket/a/b.JPG' } };
    expect(block(part)).toEqual({
      image: { format: 'jpeg', source: { s3Location: { uri: 's3://bucket/a/b.JPG' } } },
    });
  });

  test.each([
    ['an address', { type: 'url', url: 'https://example.com/a.png' }],
    ['an uploaded file', { type: 'file', id: 'file-1' }],
    ['a type Converse has not', { type: 'base64', mediaType: 'image/tiff', data: 'aGk=' }],
    ['S3 without a format', { type: 'url', url: 's3://bucket/a' }],
    ['a data URL in no plain form', { type: 'url', url: 'data:image/png,abc' }],
  ] as const)('%s is refused, not dropped', (_, source) => {
    const thrown = refusal(() => write({ messages: [user({ type: 'media', kind: 'image', source })] }));
    expect([thrown.code, thrown.param, thrown.status]).toEqual(['unsupported_value', 'messages', 400]);
  });
});

describe('tools', () => {
  test.each([
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [{ type: 'function', function: { name: 'weather' } }, { tool: { name: 'weather' } }],
  ])('choice %j', (choice, toolChoice) => {
    const { written, losses } = fromChat({ messages: hi, tools: [chatTool], tool_choice: choice });
    expect(written.toolConfig).toMatchObject({ toolChoice });
    expect(losses).toEqual([]);
  });

  test('no tool at all: tools are left out, where the conversation allows it', () => {
    const { written, losses } = fromChat({ messages: hi, tools: [chatTool], tool_choice: 'none' });
    expect([written.toolConfig, losses]).toEqual([undefined, ['tools (none may be called)']]);
    const used = assistant({ type: 'tool-call', id: 'a', name: 't', arguments: '{}' });
    const kept = write({
      messages: [user(text('hi')), used],
      tools: [{ type: 'function', name: 't' }],
      toolChoice: { type: 'none' },
    });
    expect((kept.written.toolConfig as JsonObject).toolChoice).toBeUndefined();
    expect(kept.losses).toEqual(['tool_choice none']);
  });

  test('a conversation with tool blocks always has a toolConfig', () => {
    const used = assistant({ type: 'tool-call', id: 'a', name: 'old', arguments: '{}' });
    const result = user({ type: 'tool-result', toolCallId: 'a', parts: [text('x')], plainText: true });
    expect(write({ messages: [user(text('hi')), used, result] }).written.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'old', inputSchema: { json: { type: 'object', properties: {} } } } }],
    });
    expect(write({ messages: [result] }).written.toolConfig).toMatchObject({
      tools: [{ toolSpec: { name: 'tool' } }],
    });
  });

  test('one call at a time is told in Claude’s own words, which then hold the whole choice', () => {
    const { written } = fromChat({
      messages: hi,
      tools: [chatTool],
      tool_choice: 'required',
      parallel_tool_calls: false,
    });
    expect(written.additionalModelRequestFields).toEqual({
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    });
    expect((written.toolConfig as JsonObject).toolChoice).toBeUndefined();
    const other = fromChat({
      model: 'amazon.nova-pro-v1:0',
      messages: hi,
      tools: [chatTool],
      parallel_tool_calls: false,
    });
    expect(other.losses).toEqual(['parallel_tool_calls']);
  });

  test('strict and description are kept, an empty description is not sent', () => {
    const { written } = fromChat({
      messages: hi,
      tools: [
        { type: 'function', function: { ...weather, description: 'd', strict: true } },
        { type: 'function', function: { name: 'bare', description: '' } },
      ],
    });
    expect((written.toolConfig as JsonObject).tools).toEqual([
      {
        toolSpec: {
          name: 'weather',
          description: 'd',
          inputSchema: { json: weather.parameters },
          strict: true,
        },
      },
      { toolSpec: { name: 'bare', inputSchema: { json: { type: 'object', properties: {} } } } },
    ]);
  });

  test('a tool of plain text is a function of one text', () => {
    const { written, losses } = write({ tools: [{ type: 'custom', name: 'patch' }] });
    const schema = { json: { properties: { input: { type: 'string' } }, required: ['input'] } };
    expect(written.toolConfig).toMatchObject({
      tools: [{ toolSpec: { name: 'patch', inputSchema: schema } }],
    });
    expect(losses).toEqual([]);
  });
});

describe('cache marks', () => {
  const marked: Part = { type: 'text', text: 'long', cache: { ttl: '1h' } };
  test('follow their part with their time to live', () => {
    const system: Message = { role: 'system', parts: [marked], plainText: false, apart: true, carry };
    const { written, losses } = write({
      messages: [system, user(marked, text('hi'))],
      tools: [{ type: 'function', name: 't', cache: {} }],
    });
    const point = { cachePoint: { type: 'default', ttl: '1h' } };
    expect(written.system).toEqual([{ text: 'long' }, point]);
    expect(written.messages).toEqual([{ role: 'user', content: [{ text: 'long' }, point, { text: 'hi' }] }]);
    expect((written.toolConfig as { tools: unknown[] }).tools[1]).toEqual({
      cachePoint: { type: 'default' },
    });
    expect(losses).toEqual([]);
  });

  test.each([
    ['amazon.nova-pro-v1:0', { type: 'default' }, 'cache mark ttl'],
    ['meta.llama3-2-1b-instruct-v1:0', undefined, 'cache mark'],
  ])('%s', (name, point, loss) => {
    const { written, losses } = write({ model: name, messages: [user(marked)] });
    expect((written.messages as { content: JsonObject[] }[])[0]?.content[1]?.cachePoint).toEqual(point);
    expect(losses).toEqual([loss]);
  });

  test('one without content before it is not sent', () => {
    const blank: Part = { type: 'text', text: ' ', cache: {} };
    expect(write({ messages: [user(blank, text('a'))] }).written.messages).toEqual([
      { role: 'user', content: [{ text: 'a' }] },
    ]);
  });
});

describe('reasoning', () => {
  test.each<[string, ReasoningRequest, number | undefined, JsonObject | undefined, string[]?]>([
    [
      claude,
      { mode: 'enabled', budgetTokens: 2000 },
      4000,
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
    ],
    [claude, { budgetTokens: 100 }, undefined, { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    [claude, { budgetTokens: 9000 }, 3000, { thinking: { type: 'enabled', budget_tokens: 2999 } }],
    [claude, { mode: 'disabled' }, undefined, { thinking: { type: 'disabled' } }],
    [claude, { effort: 'none' }, undefined, { thinking: { type: 'disabled' } }],
    ['anthropic.claude-v2', { mode: 'disabled' }, undefined, undefined],
    ['amazon.nova-pro-v1:0', { effort: 'none' }, undefined, undefined],
    [
      'us.anthropic.claude-sonnet-4-6',
      { effort: 'minimal' },
      undefined,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      ['reasoning effort minimal'],
    ],
    [
      'us.anthropic.claude-sonnet-4-6',
      { mode: 'enabled', budgetTokens: 5000 },
      undefined,
      { thinking: { type: 'enabled', budget_tokens: 5000 } },
    ],
    [
      'us.anthropic.claude-opus-4-7',
      { mode: 'enabled', budgetTokens: 5000 },
      undefined,
      { thinking: { type: 'adaptive' } },
      ['reasoning budget'],
    ],
    [
      'us.anthropic.claude-opus-4-7',
      { mode: 'adaptive', show: false },
      undefined,
      { thinking: { type: 'adaptive', display: 'omitted' } },
    ],
    ['us.anthropic.claude-opus-4-7', { show: true }, undefined, undefined, ['whether reasoning is shown']],
    [
      'openai.gpt-oss-120b-1:0',
      { effort: 'xhigh' },
      undefined,
      { reasoning_effort: 'high' },
      ['reasoning effort xhigh'],
    ],
    [
      'us.amazon.nova-2-lite-v1:0',
      { effort: 'medium' },
      undefined,
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
    ],
  ])('%s %j of %p', (...row) => {
    const [name, reasoning, maxOutputTokens, fields, lost = []] = row;
    const { written, losses } = write({
      model: name,
      reasoning,
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    });
    expect(written.additionalModelRequestFields).toEqual(fields);
    expect(losses).toEqual(lost);
  });

  test.each([
    ['anthropic.claude-3-5-sonnet-20241022-v2:0', { effort: 'high' }, {}, 'reasoning'],
    ['anthropic.claude-v2', { effort: 'high' }, {}, 'reasoning'],
    ['meta.llama3-2-1b-instruct-v1:0', { effort: 'high' }, {}, 'reasoning'],
    [claude, { budgetTokens: 2000 }, { maxOutputTokens: 1000 }, 'reasoning (too few output tokens)'],
    ['openai.gpt-oss-20b-1:0', { effort: 'none' }, {}, 'reasoning off'],
    [
      claude,
      { budgetTokens: 2000 },
      { toolChoice: { type: 'required' }, tools: [{ type: 'function', name: 't' }] },
      'reasoning (a tool is forced)',
    ],
  ] as const)('%s cannot: %j %j', (name, reasoning, rest, loss) => {
    const { written, losses } = write({ model: name, reasoning, ...(rest as Partial<Call>) });
    expect([written.additionalModelRequestFields, losses]).toEqual([undefined, [loss]]);
  });

  test('an effort is a budget to models that know no other, and named as changed', () => {
    const { written, losses } = write({ reasoning: { effort: 'low' }, sampling: { temperature: 1 } });
    expect(written).toMatchObject({
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2048 } },
      inferenceConfig: { temperature: 1 },
    });
    expect(losses).toEqual(['reasoning effort (sent as a budget)']);
  });

  test('reasoning switched off leaves sampling alone', () => {
    const { written, losses } = write({
      reasoning: { mode: 'disabled' },
      sampling: { temperature: 0.2, topK: 3 },
    });
    expect(written).toMatchObject({
      additionalModelRequestFields: { thinking: { type: 'disabled' }, top_k: 3 },
      inferenceConfig: { temperature: 0.2 },
    });
    expect(losses).toEqual([]);
  });

  test('what Claude refuses beside thinking is left out by name', () => {
    const { written, losses } = write({
      reasoning: { budgetTokens: 2000 },
      sampling: { temperature: 0.2, topP: 0.5, topK: 5 },
    });
    expect(written.inferenceConfig).toBeUndefined();
    expect(losses).toEqual(['temperature (while reasoning)', 'top_p (while reasoning)', 'top_k']);
  });

  const signed: Part = { type: 'reasoning', text: '', signature: 'c2ln' };
  const redacted: Part = { type: 'reasoning', text: '', redacted: 'cmVk' };
  test('signed and redacted reasoning goes back to Claude byte for byte, empty text and all', () => {
    const { written, losses } = write({
      messages: [user(text('a')), assistant(signed, redacted, text('b'))],
    });
    expect((written.messages as JsonObject[])[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: '', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: 'cmVk' } },
      { text: 'b' },
    ]);
    expect(losses).toEqual([]);
  });

  test.each([
    ['unsigned', claude, 'anthropic-messages', { type: 'reasoning', text: 'hm' }],
    ['for another model', 'amazon.nova-pro-v1:0', 'anthropic-messages', signed],
  ] as const)('%s, it is left out by name', (_, name, dialect, part) => {
    const { written, losses } = write({
      model: name,
      carry: { dialect, fields: {} },
      messages: [user(text('a')), assistant(part, text('b'))],
    });
    expect((written.messages as JsonObject[])[1]?.content).toEqual([{ text: 'b' }]);
    expect(losses).toEqual(['reasoning content']);
  });
});

describe('the rest', () => {
  test('sampling and limits', () => {
    const { written, losses } = fromChat({
      messages: hi,
      temperature: 1.5,
      top_p: 0.9,
      max_completion_tokens: 10,
      stop: ['a', ''],
      frequency_penalty: 0,
    });
    expect(written.inferenceConfig).toEqual({
      maxTokens: 10,
      temperature: 1,
      topP: 0.9,
      stopSequences: ['a'],
    });
    expect(losses).toEqual(['temperature beyond 0 to 1']);
    expect(fromChat({ messages: hi }).written).toEqual({
      messages: [{ role: 'user', content: [{ text: 'hi' }] }],
    });
  });

  test.each([
    [claude, { top_k: 4 }],
    ['amazon.nova-lite-v1:0', { inferenceConfig: { topK: 4 } }],
  ])('top_k for %s', (name, fields) => {
    expect(write({ model: name, sampling: { topK: 4 } }).written.additionalModelRequestFields).toEqual(
      fields,
    );
  });

  test('what Converse has no word for is named', () => {
    const { losses } = fromChat({
      messages: hi,
      seed: 1,
      logprobs: true,
      presence_penalty: 1,
      frequency_penalty: 1,
      user: 'u',
      logit_bias: { '1': 2 },
      response_format: { type: 'json_object' },
    });
    expect([...losses].sort()).toEqual([
      'frequency_penalty',
      'logit_bias',
      'logprobs',
      'presence_penalty',
      'response_format json_object',
      'seed',
      'user',
    ]);
  });

  test('several replies at once are refused', () => {
    const thrown = refusal(() => fromChat({ messages: hi, n: 2 }));
    expect([thrown.code, thrown.param]).toEqual(['unsupported_value', 'n']);
    expect(fromChat({ messages: hi, n: 1 }).losses).toEqual([]);
  });

  test('a schema for the answer is native', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const { written } = fromChat({
      messages: hi,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', description: 'd', schema, strict: true },
      },
    });
    expect(written.outputConfig).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { schema: JSON.stringify(schema), name: 'n', description: 'd' } },
      },
    });
  });

  test('labels the service takes are kept, others named', () => {
    const { written, losses } = write({ metadata: { team: 'a b', bad: 'ü', '': 'x' } });
    expect(written.requestMetadata).toEqual({ team: 'a b' });
    expect(losses).toEqual(['metadata']);
  });
});

const present = trafficIsPresent('openai-chat') && model !== undefined;
test.skipIf(!present)(
  `recorded chats written for Converse fit its model${present ? '' : ' (skipped: recordings or specifications are not here)'}`,
  () => {
    let fit = 0;
    const refused = new Map<string, number>();
    const misfits: string[] = [];
    for (const { id, request } of readTraffic('openai-chat')) {
      if (!isObject(request.body) || typeof request.body.model !== 'string') continue;
      try {
        const { written } = crossRequest(openaiChat, bedrockConverse, request.body);
        const problems = model?.problems('ConverseRequest', written) ?? [];
        if (problems.length === 0) fit++;
        else misfits.push(`${id}: ${problems[0]}`);
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
        const reason = thrown.message.replaceAll(/'[^']*'/g, "'…'");
        refused.set(reason, (refused.get(reason) ?? 0) + 1);
      }
    }
    process.stdout.write(`recorded chats as Converse requests: ${fit} fit, ${misfits.length} do not\n`);
    for (const [reason, count] of refused) process.stdout.write(`  refused ${count}: ${reason}\n`);
    expect(misfits).toEqual([]);
    expect(fit).toBeGreaterThan(500);
  },
);
