/** Replies of other dialects, whole and streamed, become chat completions that any client of OpenAI's reads alike. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import { foldReply } from '../../../src/core/fold.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { FinishReason, ReplyEvent, ReplyFrame } from '../../../src/core/reply.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { openaiErrors, openaiSpecIsPresent } from '../../support/openai-schema.ts';
import { asJson, readStream, wireText } from '../../support/trips.ts';

const carry = { dialect: 'anthropic-messages', fields: {} } as const;
const head = { id: 'msg_1', model: 'm', createdAtS: 7 };
const usageEvent: ReplyEvent = {
  type: 'usage',
  usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, cacheWriteTokens: 3, reasoningTokens: 2 },
};
const usage = {
  prompt_tokens: 10,
  completion_tokens: 5,
  total_tokens: 15,
  prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 2 },
};
const text = (said: string, block?: number): ReplyEvent => ({
  type: 'text-delta',
  choice: 0,
  text: said,
  ...(block !== undefined && { block }),
});
const finish = (reason: FinishReason = 'stop'): ReplyEvent => ({ type: 'choice-finish', choice: 0, reason });
const call = (index: number, fields: Partial<ReplyEvent & { type: 'tool-call-delta' }>): ReplyEvent => ({
  type: 'tool-call-delta',
  choice: 0,
  index,
  ...fields,
});
const frame = (events: readonly ReplyEvent[], more: Partial<ReplyFrame> = head): ReplyFrame => ({
  ...more,
  events,
  carry,
});

function writeWhole(events: readonly ReplyEvent[], more?: Partial<ReplyFrame>) {
  const losses = new Losses();
  const reply = asJson(openaiChat.listen.writeReply(frame(events, more), losses));
  if (openaiSpecIsPresent) expect(openaiErrors('CreateChatCompletionResponse', reply)).toEqual([]);
  return { reply, losses: losses.list() };
}

/** The parsed chunks; that the stream ends in `[DONE]` is made sure of. */
function writeStream(frames: readonly ReplyFrame[], wantsUsage = true) {
  const losses = new Losses();
  const writer = openaiChat.listen.createStreamWriter({ model: 'asked', stream: true, wantsUsage }, losses);
  const wire = [...frames.map((one) => wireText(writer.write(one))), wireText(writer.end())].join('');
  const events = eventsOf(wire);
  expect(events.at(-1)?.data).toBe('[DONE]');
  const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data) as JsonObject);
  // The specification knows no custom calls in streams; the API sends them as it does whole.
  if (openaiSpecIsPresent && !wire.includes('"type":"custom"'))
    for (const chunk of chunks) expect(openaiErrors('CreateChatCompletionStreamResponse', chunk)).toEqual([]);
  return { chunks, events, losses: losses.list() };
}

/** `[delta, finish]` of each chunk, usage chunks left out. */
function said(chunks: readonly JsonObject[]): JsonValue[][] {
  return chunks
    .flatMap(({ choices }) => choices as JsonValue[])
    .filter(isObject)
    .map(({ delta, finish_reason }) => [delta ?? null, finish_reason ?? null]);
}

const messageOf = (reply: JsonObject) => {
  const [choice] = reply.choices as JsonObject[];
  return choice?.message as JsonObject;
};

test('a whole reply has OpenAI’s frame', () => {
  expect(writeWhole([text('Hello'), finish(), usageEvent]).reply).toEqual({
    id: 'msg_1',
    object: 'chat.completion',
    created: 7,
    model: 'm',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
  });
});

test('what the upstream does not say is made up, the first choice included', () => {
  const { reply } = writeWhole([], {});
  expect(reply).toMatchObject({ object: 'chat.completion', model: '' });
  expect(String(reply.id)).toStartWith('chatcmpl-');
  expect(reply.created).toBeGreaterThan(1.7e9);
  expect(messageOf(reply)).toEqual({ role: 'assistant', content: '', refusal: null });
});

const messages: [string, ReplyEvent[], JsonObject][] = [
  [
    'calls, their arguments always JSON',
    [
      call(3, { id: 'a', name: 'f', arguments: '{"a"' }),
      call(7, { id: 'b', name: 'g', signature: 'S' }),
      call(3, { arguments: ':1}' }),
      call(8, { id: 'c', name: 'h', kind: 'custom', arguments: '' }),
    ],
    {
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
        {
          id: 'b',
          type: 'function',
          function: { name: 'g', arguments: '{}' },
          extra_content: { google: { thought_signature: 'S' } },
        },
        { id: 'c', type: 'custom', custom: { name: 'h', input: '' } },
      ],
    },
  ],
  [
    'reasoning, signed',
    [
      { type: 'reasoning-delta', choice: 0, text: 'hm' },
      { type: 'reasoning-signature', choice: 0, signature: 'S' },
      { type: 'reasoning-redacted', choice: 0, data: 'R' },
      text('x'),
    ],
    {
      content: 'x',
      refusal: null,
      reasoning_content: 'hm',
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', signature: 'S', index: 0 },
        { type: 'reasoning.encrypted', data: 'R', index: 1 },
      ],
    },
  ],
  [
    'reasoning in the open',
    [{ type: 'reasoning-delta', choice: 0, text: 'hm' }, text('x')],
    { content: 'x', refusal: null, reasoning_content: 'hm' },
  ],
  ['a refusal', [{ type: 'refusal-delta', choice: 0, text: 'no' }], { content: null, refusal: 'no' }],
  [
    'citations, of their block where they name no span',
    [
      text('abc', 0),
      text('de', 1),
      { type: 'citation', choice: 0, block: 1, citation: { url: 'https://x', title: 'X' } },
      { type: 'citation', choice: 0, block: 1, citation: { url: 'https://y', start: 1, end: 2 } },
    ],
    {
      content: 'abcde',
      refusal: null,
      annotations: [
        {
          type: 'url_citation',
          url_citation: { start_index: 3, end_index: 5, url: 'https://x', title: 'X' },
        },
        {
          type: 'url_citation',
          url_citation: { start_index: 1, end_index: 2, url: 'https://y', title: 'https://y' },
        },
      ],
    },
  ],
  [
    'images and audio',
    [
      { type: 'media', choice: 0, kind: 'image', mediaType: 'image/png', data: 'AA==' },
      { type: 'media', choice: 0, kind: 'audio', mediaType: 'audio/wav', data: 'AA==' },
      { type: 'media', choice: 0, kind: 'audio', mediaType: 'audio/wav', data: 'AQ==' },
    ],
    {
      content: null,
      refusal: null,
      images: [{ type: 'image_url', index: 0, image_url: { url: 'data:image/png;base64,AA==' } }],
      audio: { id: 'audio_msg_1', data: 'AAE=', expires_at: 7, transcript: '' },
    },
  ],
];

test.each(messages)('a whole reply of %s', (_what, events, expected) => {
  const { reply, losses } = writeWhole([...events, finish()]);
  expect(messageOf(reply)).toEqual({ role: 'assistant', ...expected });
  expect(losses).toEqual([]);
});

test.each(messages)('a stream of %s folds to the same', (_what, events) => {
  const whole = writeWhole([...events, finish()]).reply;
  const { events: wire } = writeStream([...events, finish()].map((event) => frame([event])));
  const folded = foldReply(readStream(openaiChat, wire)).choices[0];
  const expected = foldReply([openaiChat.speak.readReply(whole)]).choices[0];
  const blocks = (choice: typeof folded) =>
    choice?.blocks.filter(({ type }) => type !== 'media').map((block) => ({ ...block, index: 0 }));
  expect(blocks(folded)).toEqual(blocks(expected) as never);
  expect(folded?.finish?.reason).toBe(expected?.finish?.reason as never);
});

test.each([
  ['stop', false, 'stop'],
  ['stop', true, 'tool_calls'],
  ['other', false, 'stop'],
  ['other', true, 'tool_calls'],
  ['length', true, 'length'],
  ['content-filter', true, 'content_filter'],
  ['tool-calls', false, 'tool_calls'],
] as [FinishReason, boolean, string][])('%s, with calls: %p, is %s', (reason, hasCalls, word) => {
  // The call may have come in an earlier chunk than the finish.
  const events = [...(hasCalls ? [call(0, { id: 'a', name: 'f' })] : []), finish(reason)];
  expect(writeWhole(events).reply.choices).toMatchObject([{ finish_reason: word }]);
  const finishes = said(writeStream(events.map((event) => frame([event]))).chunks).map(([, last]) => last);
  expect(finishes.filter((last) => last !== null)).toEqual([word]);
});

describe('a stream', () => {
  test('has its frame on each chunk, the role first, one finish, and usage last', () => {
    const { chunks } = writeStream([
      frame([], head),
      frame([text('Hel')], {}),
      frame([text('lo')], {}),
      frame([finish(), finish()], {}),
      frame([{ type: 'usage', usage: { inputTokens: 1, outputTokens: 1 } }, usageEvent], {}),
    ]);
    for (const chunk of chunks)
      expect(chunk).toMatchObject({ id: 'msg_1', object: 'chat.completion.chunk', created: 7, model: 'm' });
    expect(said(chunks)).toEqual([
      [{ role: 'assistant', content: 'Hel' }, null],
      [{ content: 'lo' }, null],
      [{}, 'stop'],
    ]);
    expect(chunks.map((chunk) => chunk.usage)).toEqual([null, null, null, usage]);
    expect(chunks.at(-1)?.choices).toEqual([]);
  });

  test('says nothing of usage to a client that did not ask', () => {
    const { chunks } = writeStream([frame([text('x'), finish(), usageEvent])], false);
    expect(chunks.every((chunk) => !Object.hasOwn(chunk, 'usage'))).toBe(true);
  });

  test('of which nothing came still ends as one choice', () => {
    expect(said(writeStream([frame([finish('content-filter')])]).chunks)).toEqual([
      [{ role: 'assistant', content: '' }, null],
      [{}, 'content_filter'],
    ]);
  });

  test('names a call once, counts calls from 0, and closes arguments that never came', () => {
    const { chunks } = writeStream([
      frame([call(4, { id: 'a', name: 'f' })]),
      frame([call(4, { arguments: '{"x"' })]),
      frame([call(9, { id: 'b', name: 'g', signature: 'S' }), call(4, { arguments: ':1}' })]),
      frame([finish('tool-calls')]),
    ]);
    const opened = (id: string, name: string) => ({
      id,
      type: 'function',
      function: { name, arguments: '' },
    });
    expect(said(chunks)).toEqual([
      [{ role: 'assistant', content: null, tool_calls: [{ index: 0, ...opened('a', 'f') }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] }, null],
      [
        {
          tool_calls: [
            { index: 1, ...opened('b', 'g'), extra_content: { google: { thought_signature: 'S' } } },
            { index: 0, function: { arguments: ':1}' } },
          ],
        },
        null,
      ],
      [{ tool_calls: [{ index: 1, function: { arguments: '{}' } }] }, null],
      [{}, 'tool_calls'],
    ]);
  });

  test('says nothing of a call to which nothing is added, and never leaves its function out', () => {
    const { chunks } = writeStream([
      frame([call(0, { id: 'a', name: 'f' })]),
      frame([call(0, { arguments: '' })]),
      frame([call(0, { signature: 'S' })]),
      frame([call(0, { arguments: '{}' })]),
      frame([finish('tool-calls')]),
    ]);
    const [, ...further] = said(chunks);
    const extra_content = { google: { thought_signature: 'S' } };
    expect(further).toEqual([
      [{ tool_calls: [{ index: 0, function: { arguments: '' }, extra_content }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }, null],
      [{}, 'tool_calls'],
    ]);
  });

  test('gives a call without an id one of its own', () => {
    const { chunks } = writeStream([frame([call(0, { id: '', name: 'f' }), call(1, { name: 'f' })])]);
    const ids = JSON.stringify(chunks).match(/call_[0-9a-f]{32}/g) ?? [];
    expect(new Set(ids).size).toBe(2);
  });

  test('gives a signature with the whole of its text, once', () => {
    const { chunks } = writeStream([
      frame([{ type: 'reasoning-delta', choice: 0, block: 0, text: 'h' }]),
      frame([{ type: 'reasoning-delta', choice: 0, block: 0, text: 'm' }]),
      frame([{ type: 'reasoning-signature', choice: 0, block: 0, signature: 'S1' }]),
      frame([{ type: 'reasoning-signature', choice: 0, block: 0, signature: 'S2' }]),
      frame([{ type: 'reasoning-signature', choice: 0, block: 1, signature: 'T' }]),
      frame([text('x', 2), finish()]),
    ]);
    expect(said(chunks)).toEqual([
      [{ role: 'assistant', content: null, reasoning_content: 'h' }, null],
      [{ reasoning_content: 'm' }, null],
      [{ reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 'S1S2', index: 0 }] }, null],
      [
        {
          reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'T', index: 1 }],
          content: 'x',
        },
        null,
      ],
      [{}, 'stop'],
    ]);
  });

  test('keeps its choices apart', () => {
    const second = (event: ReplyEvent): ReplyEvent => ({ ...event, choice: 1 }) as ReplyEvent;
    const { chunks } = writeStream([
      frame([second(text('b')), text('a')]),
      frame([second(finish('length')), finish()]),
    ]);
    const choices = chunks.flatMap(({ choices }) => choices as JsonObject[]);
    expect(choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [1, null],
      [0, null],
      [0, 'stop'],
      [1, 'length'],
    ]);
  });

  test('that fails ends in the error, no finish and no [DONE]', () => {
    const writer = openaiChat.listen.createStreamWriter(
      { model: 'm', stream: true, wantsUsage: true },
      new Losses(),
    );
    const wire =
      wireText(writer.write(frame([text('x'), finish()]))) +
      wireText(writer.fail(new GatewayError('upstream_incomplete', 'cut')));
    expect(wire).not.toContain('[DONE]');
    expect(wire).not.toContain('"stop"');
    expect(eventsOf(wire).at(-1)?.data).toContain('upstream_incomplete');
  });
});

test('log probabilities keep their shape', () => {
  const tokens = [{ token: 'a', logprob: -1, bytes: [97], top: [{ token: 'b', logprob: -2 }] }];
  const logprobs = {
    content: [
      {
        token: 'a',
        logprob: -1,
        bytes: [97],
        top_logprobs: [{ token: 'b', logprob: -2, bytes: null }],
      },
    ],
    refusal: null,
  };
  const events: ReplyEvent[] = [text('a'), { type: 'logprobs', choice: 0, tokens }, finish()];
  expect(writeWhole(events).reply.choices).toMatchObject([{ logprobs }]);
  expect(writeStream([frame(events)]).chunks[0]?.choices).toMatchObject([{ logprobs }]);
});

test('the stop word that ended a reply is told', () => {
  const events: ReplyEvent[] = [{ type: 'choice-finish', choice: 0, reason: 'stop', stopSequence: 'END' }];
  expect(writeWhole(events).reply.choices).toMatchObject([{ finish_reason: 'stop', stop_reason: 'END' }]);
});

test('what has no word here is named, whole and streamed', () => {
  const events: ReplyEvent[] = [
    { type: 'other', choice: 0, what: 'server_tool_use' },
    text('x'),
    { type: 'citation', choice: 0, citation: { citedText: 'p. 5' } },
    finish(),
  ];
  const named = ['server_tool_use', 'citation without an address'];
  expect(writeWhole(events).losses).toEqual(named);
  expect(writeStream(events.map((event) => frame([event]))).losses).toEqual(named);
});
