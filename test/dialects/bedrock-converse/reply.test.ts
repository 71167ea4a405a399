/** Replies, whole and streamed: their typed events, their way back, and those of other APIs written anew. */
import { describe, expect, test } from 'bun:test';
import { foldReply } from '../../../src/core/fold.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { failureAbroad, type ReplyEvent, type ReplyFrame } from '../../../src/core/reply.ts';
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import { AwsModel, awsModelIsPresent } from '../../support/aws-model.ts';
import { type Said, saidIn, streamOf, wireEvents } from '../../support/event-frames.ts';
import { asJson, crossReply, readStream } from '../../support/trips.ts';

const { listen, speak } = bedrockConverse;
const model = awsModelIsPresent ? new AwsModel() : undefined;
const head = { model: 'm', stream: true, wantsUsage: true };

function reply(...content: JsonObject[]): JsonObject {
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: 'end_turn',
    usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
    metrics: { latencyMs: 4 },
  };
}

describe('whole', () => {
  test.each<[string, JsonObject]>([
    ['text', reply({ text: 'a' }, { text: '' })],
    [
      'tools',
      reply(
        { toolUse: { toolUseId: 'a', name: 't', input: { x: 1 }, type: 'tool_use' } },
        { toolUse: { toolUseId: 'b', name: 't', input: 'odd' } },
      ),
    ],
    [
      'a server’s tool',
      reply(
        { toolUse: { toolUseId: 'a', name: 't', input: {}, type: 'server_tool_use' } },
        { toolResult: { toolUseId: 'a', content: [] } },
      ),
    ],
    [
      'reasoning',
      reply(
        { reasoningContent: { reasoningText: { text: 'a', signature: 'b' } } },
        { reasoningContent: { redactedContent: 'cmVk' } },
        { reasoningContent: {} },
      ),
    ],
    [
      'citations',
      reply({ citationsContent: { content: [{ text: 'a' }, { text: 'b' }], citations: [{ title: 't' }] } }),
    ],
    [
      'media',
      reply(
        { image: { format: 'png', source: { bytes: 'aGk=' } } },
        { audio: { format: 'mp3', source: { bytes: 'aGk=' } } },
        { image: { format: 'png', error: {} } },
      ),
    ],
    [
      'what nobody knows',
      {
        ...reply({ new: 1 }, {}),
        trace: { guardrail: {} },
        additionalModelResponseFields: { a: 1 },
        stopReason: 'new',
      },
    ],
    ['odd shapes', { output: { message: { content: [1, null, 'a'] } }, stopReason: 7 }],
    ['nothing', {}],
  ])('%s comes back as it came', (_, json) => {
    expect(crossReply(bedrockConverse, bedrockConverse, json).written).toEqual(asJson(json));
  });

  test('as events', () => {
    const { events } = speak.readReply(
      reply(
        { reasoningContent: { reasoningText: { text: 'r', signature: 's' } } },
        { text: 'a' },
        {
          citationsContent: {
            content: [{ text: 'b' }],
            citations: [{ title: 't', location: { web: { url: 'u' } }, sourceContent: [{ text: 'q' }] }],
          },
        },
        { toolUse: { toolUseId: 'i', name: 'n', input: { x: 1 } } },
        { newKind: {} },
      ),
    );
    expect(events).toEqual([
      { type: 'reasoning-delta', choice: 0, block: 0, text: 'r' },
      { type: 'reasoning-signature', choice: 0, block: 0, signature: 's' },
      { type: 'text-delta', choice: 0, block: 1, text: 'a' },
      { type: 'text-delta', choice: 0, block: 2, text: 'b' },
      { type: 'citation', choice: 0, block: 2, citation: { url: 'u', title: 't', citedText: 'q' } },
      { type: 'tool-call-delta', choice: 0, block: 3, index: 0, id: 'i', name: 'n', arguments: '{"x":1}' },
      { type: 'other', choice: 0, block: 4, what: 'newKind' },
      { type: 'choice-finish', choice: 0, reason: 'stop', native: 'end_turn' },
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
    ]);
  });
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['guardrail_intervened', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['something_new', 'other'],
] as const)('%s means %s', (native, reason) => {
  const frame = speak.readReply({ ...reply(), stopReason: native });
  expect(frame.events[0]).toEqual({ type: 'choice-finish', choice: 0, reason, native });
  expect(failureAbroad(frame)).toBeUndefined();
  expect(bedrockConverse.observe({ ...reply(), stopReason: native }).finish).toBe(reason);
});

test.each(['malformed_model_output', 'malformed_tool_use'])(
  '%s is a failure abroad, a reply at home',
  (native) => {
    const json = { ...reply({ text: 'x' }), stopReason: native };
    expect(failureAbroad(speak.readReply(json))).toMatchObject({ status: 502, code: native });
    expect(speak.readFailure(json)).toBeUndefined();
    expect(crossReply(bedrockConverse, bedrockConverse, json).written).toEqual(json);
  },
);

describe('usage', () => {
  test.each<[JsonObject, object | undefined]>([
    [
      {
        inputTokens: 2,
        outputTokens: 5,
        totalTokens: 1329,
        cacheReadInputTokens: 1322,
        cacheWriteInputTokens: 0,
      },
      { inputTokens: 1324, outputTokens: 5, cachedInputTokens: 1322, cacheWriteTokens: 0 },
    ],
    [
      {
        inputTokens: 1,
        outputTokens: 1,
        cacheWriteInputTokens: 30,
        cacheDetails: [
          { ttl: '1h', inputTokens: 10 },
          { ttl: '5m', inputTokens: 20 },
        ],
      },
      { inputTokens: 31, outputTokens: 1, cacheWriteTokens: 30, cacheWrite1hTokens: 10 },
    ],
    [
      { inputTokens: 1, outputTokens: 1, cacheReadInputTokenCount: 4 },
      { inputTokens: 5, outputTokens: 1, cachedInputTokens: 4 },
    ],
    [{ inputTokens: 'x', outputTokens: null }, undefined],
  ])('%j', (usage, read) => {
    expect(bedrockConverse.observe({ ...reply(), usage }).usage as object | undefined).toEqual(read);
  });
});

const stream: Said[] = [
  ['messageStart', { role: 'assistant', p: 'abc' }],
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'r' } }, p: 'a' }],
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 's' } } }],
  ['contentBlockStop', { contentBlockIndex: 0 }],
  ['contentBlockDelta', { contentBlockIndex: 1, delta: { reasoningContent: { redactedContent: 'cmVk' } } }],
  ['contentBlockStop', { contentBlockIndex: 1 }],
  ['contentBlockDelta', { contentBlockIndex: 2, delta: { text: '' } }],
  ['contentBlockDelta', { contentBlockIndex: 2, delta: { text: 'hi' } }],
  [
    'contentBlockDelta',
    { contentBlockIndex: 2, delta: { citation: { title: 't', location: { web: { url: 'u' } } } } },
  ],
  ['contentBlockStop', { contentBlockIndex: 2 }],
  ['contentBlockStart', { contentBlockIndex: 3, start: { toolUse: { toolUseId: 'a', name: 't' } } }],
  ['contentBlockDelta', { contentBlockIndex: 3, delta: { toolUse: { input: '{"x"' } } }],
  ['contentBlockDelta', { contentBlockIndex: 3, delta: { toolUse: { input: ':1}' } } }],
  ['contentBlockStop', { contentBlockIndex: 3 }],
  ['contentBlockStart', { contentBlockIndex: 4, start: { image: { format: 'jpeg' } } }],
  ['contentBlockDelta', { contentBlockIndex: 4, delta: { image: { source: { bytes: 'aGk=' } } } }],
  ['contentBlockStop', { contentBlockIndex: 4 }],
  [
    'contentBlockStart',
    { contentBlockIndex: 5, start: { toolUse: { toolUseId: 'z', name: 'g', type: 'server_tool_use' } } },
  ],
  ['contentBlockDelta', { contentBlockIndex: 5, delta: { toolUse: { input: '{}' } } }],
  ['contentBlockStart', { contentBlockIndex: 6, start: { toolUse: { toolUseId: 'b', name: 't' } } }],
  ['contentBlockDelta', { contentBlockIndex: 7, delta: { newKind: 1 } }],
  ['newEvent', { a: 1 }],
  ['messageStop', { stopReason: 'tool_use', additionalModelResponseFields: { stop_sequence: 'x' } }],
  [
    'metadata',
    { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, metrics: { latencyMs: 9 }, trace: {} },
  ],
];

describe('streamed', () => {
  test('every event comes back as it came, padding and all, and nothing is added at the end', () => {
    const writer = listen.createStreamWriter(head, new Losses());
    const frames = readStream(bedrockConverse, wireEvents(streamOf(stream)));
    expect(frames.flatMap((frame) => saidIn(writer.write(frame)))).toEqual(stream);
    expect(writer.end()).toHaveLength(0);
  });

  test('what its events amount to', () => {
    const frames = readStream(bedrockConverse, wireEvents(streamOf(stream)));
    const { choices, usage } = foldReply(frames);
    expect(choices[0]?.blocks).toEqual([
      { type: 'reasoning', text: 'r', signature: 's' },
      { type: 'reasoning', text: '', redacted: 'cmVk' },
      { type: 'text', text: 'hi', citations: [{ url: 'u', title: 't' }] },
      { type: 'tool-call', index: 0, id: 'a', name: 't', arguments: '{"x":1}', kind: 'function' },
      { type: 'media', kind: 'image', mediaType: 'image/jpeg', data: 'aGk=' },
      { type: 'tool-call', index: 1, id: 'b', name: 't', arguments: '', kind: 'function' },
    ]);
    expect(choices[0]?.finish).toEqual({
      type: 'choice-finish',
      choice: 0,
      reason: 'tool-calls',
      native: 'tool_use',
      stopSequence: 'x',
    });
    expect(usage).toEqual({ inputTokens: 1, outputTokens: 2 });
    const others = frames.flatMap(({ events }) => events).filter(({ type }) => type === 'other');
    expect(others.map((event) => (event.type === 'other' ? event.what : ''))).toEqual([
      'toolUse',
      'newKind',
      'newEvent',
    ]);
  });

  test.each([
    ['throttlingException', 429, 'ThrottlingException'],
    ['modelStreamErrorException', 424, 'ModelStreamErrorException'],
    ['internalServerException', 500, 'InternalServerException'],
    ['validationException', 400, 'ValidationException'],
    ['serviceUnavailableException', 503, 'ServiceUnavailableException'],
    ['modelTimeoutException', 408, 'ModelTimeoutException'],
    ['somethingNewException', 500, 'SomethingNewException'],
  ])('the exception %s is a failure', (name, status, type) => {
    const [event] = wireEvents(streamOf([[name, { message: 'm', originalStatusCode: 500 }]]));
    if (event === undefined) throw new Error('no event');
    const frame = speak.createStreamReader().read(event);
    expect(typeof frame === 'object' && frame.failure).toMatchObject({
      shape: 'bedrock-converse',
      status,
      type,
      message: 'm',
      rest: { originalStatusCode: 500 },
    });
  });
});

const carry = { dialect: 'openai-chat', fields: {} } as const;

function foreign(...events: ReplyEvent[]): ReplyFrame {
  return { events, carry };
}

function write(...frames: ReplyFrame[]) {
  const losses = new Losses();
  const writer = listen.createStreamWriter(head, losses);
  const bytes = Buffer.concat([
    ...frames.map((frame) => Buffer.from(writer.write(frame))),
    Buffer.from(writer.end()),
  ]);
  const said = saidIn(bytes);
  for (const [name, payload] of said)
    expect(model?.problems('ConverseStreamOutput', { [name]: payload }) ?? []).toEqual([]);
  return { said, losses: losses.list() };
}

const text = (said: string): ReplyEvent => ({ type: 'text-delta', choice: 0, text: said });

describe('of another API', () => {
  test('a stream opens and closes blocks in order, and ends with messageStop, then metadata', () => {
    const { said, losses } = write(
      foreign(text('')),
      foreign({ type: 'reasoning-delta', choice: 0, text: 'r' }),
      foreign(text('a'), text('b')),
      foreign({ type: 'tool-call-delta', choice: 0, index: 0, id: 'call_1', name: 't', arguments: '' }),
      foreign({ type: 'tool-call-delta', choice: 0, index: 0, arguments: '{}' }),
      foreign({ type: 'choice-finish', choice: 0, reason: 'tool-calls', native: 'tool_calls' }),
      foreign({
        type: 'usage',
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          cachedInputTokens: 4,
          cacheWriteTokens: 3,
          cacheWrite1hTokens: 1,
        },
      }),
    );
    const metadata = said.pop();
    expect(said).toEqual([
      ['messageStart', { role: 'assistant' }],
      ['contentBlockDelta', { delta: { reasoningContent: { text: 'r' } }, contentBlockIndex: 0 }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
      ['contentBlockDelta', { delta: { text: 'a' }, contentBlockIndex: 1 }],
      ['contentBlockDelta', { delta: { text: 'b' }, contentBlockIndex: 1 }],
      ['contentBlockStop', { contentBlockIndex: 1 }],
      ['contentBlockStart', { start: { toolUse: { toolUseId: 'call_1', name: 't' } }, contentBlockIndex: 2 }],
      ['contentBlockDelta', { delta: { toolUse: { input: '{}' } }, contentBlockIndex: 2 }],
      ['contentBlockStop', { contentBlockIndex: 2 }],
      ['messageStop', { stopReason: 'tool_use' }],
    ]);
    expect(metadata).toEqual([
      'metadata',
      {
        usage: {
          inputTokens: 3,
          outputTokens: 5,
          totalTokens: 15,
          cacheReadInputTokens: 4,
          cacheWriteInputTokens: 3,
          cacheDetails: [
            { ttl: '1h', inputTokens: 1 },
            { ttl: '5m', inputTokens: 2 },
          ],
        },
        metrics: { latencyMs: expect.any(Number) },
      },
    ]);
    expect(losses).toEqual([]);
  });

  test('deltas of parallel calls that interleave stay in their blocks', () => {
    const call = (index: number, args: string, id?: string): ReplyEvent => ({
      type: 'tool-call-delta',
      choice: 0,
      index,
      arguments: args,
      ...(id !== undefined && { id, name: 't' }),
    });
    const { said } = write(
      foreign(call(0, '{"a"', 'x'), call(1, '{"b"', 'y')),
      foreign(call(0, ':1}'), call(1, ':2}')),
    );
    const inputs = said.flatMap(([, { delta, contentBlockIndex }]) =>
      delta === undefined
        ? []
        : [[contentBlockIndex, (delta as { toolUse: { input: string } }).toolUse.input]],
    );
    expect(
      inputs
        .filter(([at]) => at === 0)
        .map(([, input]) => input)
        .join(''),
    ).toBe('{"a":1}');
    expect(
      inputs
        .filter(([at]) => at === 1)
        .map(([, input]) => input)
        .join(''),
    ).toBe('{"b":2}');
  });

  test('media, citations, refusals and custom tools have their form; the rest is named', () => {
    const { said, losses } = write(
      foreign({ type: 'media', choice: 0, kind: 'image', mediaType: 'image/webp', data: 'aGk=' }),
      foreign({ type: 'refusal-delta', choice: 0, text: 'no' }),
      foreign(text('a'), { type: 'citation', choice: 0, citation: { url: 'u', title: 't', citedText: 'c' } }),
      foreign({
        type: 'tool-call-delta',
        choice: 0,
        index: 0,
        id: 'c',
        name: 'patch',
        kind: 'custom',
        arguments: '*** "',
      }),
      foreign({ type: 'tool-call-delta', choice: 0, index: 0, arguments: 'x' }),
      foreign({ type: 'reasoning-redacted', choice: 0, data: 'cmVk' }),
      foreign({ type: 'logprobs', choice: 0, tokens: [] }, { type: 'other', choice: 0, what: 'a poll' }),
      foreign({ type: 'text-delta', choice: 1, text: 'second' }),
    );
    expect(said.filter(([name]) => name.startsWith('contentBlockS') === false).slice(1, -2)).toEqual([
      ['contentBlockDelta', { delta: { image: { source: { bytes: 'aGk=' } } }, contentBlockIndex: 0 }],
      ['contentBlockDelta', { delta: { text: 'no' }, contentBlockIndex: 1 }],
      ['contentBlockDelta', { delta: { text: 'a' }, contentBlockIndex: 2 }],
      [
        'contentBlockDelta',
        {
          delta: {
            citation: { title: 't', sourceContent: [{ text: 'c' }], location: { web: { url: 'u' } } },
          },
          contentBlockIndex: 2,
        },
      ],
      ['contentBlockDelta', { delta: { toolUse: { input: '{"input":"*** \\"x"}' } }, contentBlockIndex: 3 }],
      [
        'contentBlockDelta',
        { delta: { reasoningContent: { redactedContent: 'cmVk' } }, contentBlockIndex: 4 },
      ],
    ]);
    expect(losses).toEqual([
      'refusal (sent as text)',
      'custom tool call (sent as a function call)',
      'logprobs',
      'a poll',
      'choices after the first',
    ]);
  });

  test('what usage Converse has no word for is named, and so is where a citation stands', () => {
    const { losses } = write(
      foreign(text('a'), { type: 'citation', choice: 0, citation: { url: 'u', start: 0, end: 1 } }),
      foreign({
        type: 'usage',
        usage: { inputTokens: 1, outputTokens: 2, reasoningTokens: 1, audioInputTokens: 1 },
      }),
    );
    expect(losses).toEqual(['citation span', 'usage of reasoning', 'usage of media']);
  });

  test('an empty stream is still a message', () => {
    expect(write().said.map(([name]) => name)).toEqual(['messageStart', 'messageStop', 'metadata']);
  });

  test.each([
    ['stop', undefined, undefined, 'end_turn'],
    ['stop', 'stop', 'x', 'stop_sequence'],
    ['stop', 'pause_turn', undefined, 'end_turn'],
    ['length', 'model_context_window_exceeded', undefined, 'model_context_window_exceeded'],
    ['length', 'length', undefined, 'max_tokens'],
    ['content-filter', 'refusal', undefined, 'content_filtered'],
    ['tool-calls', 'tool_calls', undefined, 'tool_use'],
    ['other', 'malformed_tool_use', undefined, 'end_turn'],
  ] as const)('%s (%p) ends as it should', (reason, native, stopSequence, stopReason) => {
    const finish: ReplyEvent = {
      type: 'choice-finish',
      choice: 0,
      reason,
      ...(native !== undefined && { native }),
      ...(stopSequence !== undefined && { stopSequence }),
    };
    const extra = stopSequence && { additionalModelResponseFields: { stop_sequence: stopSequence } };
    expect(write(foreign(finish)).said.at(-2)).toEqual(['messageStop', { stopReason, ...extra }]);
  });

  test('a whole reply', () => {
    const losses = new Losses();
    const written = listen.writeReply(
      foreign(
        { type: 'reasoning-delta', choice: 0, text: 'r' },
        { type: 'reasoning-signature', choice: 0, signature: 's' },
        text('a'),
        {
          type: 'tool-call-delta',
          choice: 0,
          index: 0,
          id: 'functions.t:0|odd',
          name: 't',
          arguments: '{"a":1}',
        },
        { type: 'tool-call-delta', choice: 0, index: 1, name: 't', arguments: '' },
        { type: 'media', choice: 0, kind: 'audio', mediaType: 'audio/mpeg', data: 'aGk=' },
        { type: 'choice-finish', choice: 0, reason: 'tool-calls' },
        { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
      ),
      losses,
    );
    expect(model?.problems('ConverseResponse', written) ?? []).toEqual([]);
    expect(asJson(written)).toEqual({
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'r', signature: 's' } } },
            { text: 'a' },
            {
              toolUse: {
                toolUseId: expect.stringMatching(/^functions\.t:0_odd_[0-9a-f]{12}$/),
                name: 't',
                input: { a: 1 },
              },
            },
            { toolUse: { toolUseId: 'tooluse_1', name: 't', input: {} } },
            { audio: { format: 'mp3', source: { bytes: 'aGk=' } } },
          ],
        },
      },
      stopReason: 'tool_use',
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
      metrics: { latencyMs: 0 },
    });
    expect(losses.list()).toEqual([]);
  });
});

test('what an upstream counted twice is counted once', () => {
  const usage = { inputTokens: 10, outputTokens: 1, cachedInputTokens: 8, cacheWriteTokens: 8 };
  const frame: ReplyFrame = {
    events: [{ type: 'usage', usage }],
    carry: { dialect: 'openai-chat', fields: {} },
  };
  expect(listen.writeReply(frame, new Losses()).usage).toMatchObject({
    inputTokens: 0,
    cacheReadInputTokens: 8,
    cacheWriteInputTokens: 2,
    totalTokens: 11,
  });
});
