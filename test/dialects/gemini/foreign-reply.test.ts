/** Replies of other dialects, written for Gemini's clients: whole, as events and as an array. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import type { ReplyEvent, ReplyFrame, ToolCallDelta } from '../../../src/core/reply.ts';
import type { CallHead } from '../../../src/dialects/dialect.ts';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import { eventsOf } from '../../../src/dialects/sse-decoder.ts';
import { asJson, wireText } from '../../support/trips.ts';
import { frame } from './calls.ts';

const events: ReplyEvent[] = [
  { type: 'reasoning-delta', choice: 0, text: 'h' },
  { type: 'reasoning-delta', choice: 0, text: 'm' },
  { type: 'reasoning-signature', choice: 0, signature: 'AA' },
  { type: 'text-delta', choice: 0, text: 'Grüß ' },
  { type: 'text-delta', choice: 0, text: 'Gott' },
  { type: 'citation', choice: 0, citation: { url: 'https://a.test', title: 'A', start: 0, end: 4 } },
  { type: 'logprobs', choice: 0, tokens: [{ token: 'G', logprob: -1, top: [{ token: 'H', logprob: -2 }] }] },
  { type: 'tool-call-delta', choice: 0, index: 0, id: 'c1', name: 'f', arguments: '{"a":' },
  { type: 'tool-call-delta', choice: 0, index: 0, arguments: '1}', signature: 'BB' },
  { type: 'media', choice: 0, kind: 'image', mediaType: 'image/png', data: 'CC' },
  { type: 'other', choice: 0, what: 'server_tool_use' },
  { type: 'choice-finish', choice: 0, reason: 'tool-calls', native: 'tool_use' },
  {
    type: 'usage',
    usage: {
      inputTokens: 10,
      outputTokens: 7,
      cachedInputTokens: 4,
      reasoningTokens: 2,
      audioInputTokens: 3,
    },
  },
];

const groundingMetadata = {
  groundingChunks: [{ web: { uri: 'https://a.test', title: 'A' } }],
  groundingSupports: [{ segment: { startIndex: 0, endIndex: 6, text: 'Grüß' }, groundingChunkIndices: [0] }],
};
const logprobsResult = {
  chosenCandidates: [{ token: 'G', logProbability: -1 }],
  topCandidates: [{ candidates: [{ token: 'H', logProbability: -2 }] }],
};
const usageMetadata = {
  promptTokenCount: 10,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 2,
  totalTokenCount: 17,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 7 },
    { modality: 'AUDIO', tokenCount: 3 },
  ],
};
const callPart = { functionCall: { id: 'c1', name: 'f', args: { a: 1 } }, thoughtSignature: 'BB' };
const mediaPart = { inlineData: { mimeType: 'image/png', data: 'CC' } };

function stream(frames: readonly ReplyFrame[], head: Partial<CallHead> = {}) {
  const losses = new Losses();
  const writer = gemini.listen.createStreamWriter(
    { model: 'm', stream: true, wantsUsage: true, ...head },
    losses,
  );
  const text = frames.map((each) => wireText(writer.write(each))).join('');
  return { text, writer, losses };
}

function chunksIn(text: string): JsonObject[] {
  return eventsOf(text).map(({ data }) => JSON.parse(data) as JsonObject);
}

test('a whole reply', () => {
  const losses = new Losses();
  const written = gemini.listen.writeReply(frame(events, { id: 'r', model: 'claude' }), losses);
  expect(asJson(written)).toEqual({
    candidates: [
      {
        content: {
          role: 'model',
          parts: [
            { text: 'hm', thought: true, thoughtSignature: 'AA' },
            { text: 'Grüß Gott' },
            callPart,
            mediaPart,
          ],
        },
        finishReason: 'STOP',
        index: 0,
        groundingMetadata,
        logprobsResult,
      },
    ],
    usageMetadata,
    modelVersion: 'claude',
    responseId: 'r',
  });
  expect(losses.list()).toEqual(['server_tool_use']);
});

test('a stream: each frame a chunk, the call whole, the end and the usage in the last', () => {
  const { text, writer, losses } = stream([
    frame([], { id: 'r', model: 'claude' }),
    ...events.map((event) => frame([event])),
  ]);
  const chunks = chunksIn(text + wireText(writer.end()));
  const content = (...parts: JsonObject[]) => ({ role: 'model', parts });
  const chunk = (candidate: JsonObject) => ({
    candidates: [{ index: 0, ...candidate }],
    modelVersion: 'claude',
    responseId: 'r',
  });
  expect(chunks).toEqual([
    chunk({ content: content({ text: 'h', thought: true }) }),
    chunk({ content: content({ text: 'm', thought: true }) }),
    chunk({ content: content({ text: '', thought: true, thoughtSignature: 'AA' }) }),
    chunk({ content: content({ text: 'Grüß ' }) }),
    chunk({ content: content({ text: 'Gott' }) }),
    chunk({ content: content({ text: '' }), groundingMetadata }),
    chunk({ content: content({ text: '' }), logprobsResult }),
    chunk({ content: content(callPart) }),
    chunk({ content: content(mediaPart) }),
    { ...chunk({ content: content({ text: '' }), finishReason: 'STOP' }), usageMetadata },
  ]);
  expect(losses.list()).toEqual(['server_tool_use']);
  expect(text.split('\r\n\r\n').length).toBe(10);
});

test('what ends before it finishes is closed, never open', () => {
  const error = new GatewayError('upstream_incomplete', 'gone');
  const begun = [frame([{ type: 'text-delta', choice: 0, text: 'a' }])];
  const events = stream(begun);
  expect(chunksIn(events.text + wireText(events.writer.fail(error))).at(-1)).toMatchObject({
    error: { code: 502, message: 'gone' },
  });
  const array = stream(begun, { asArray: true });
  const elements = JSON.parse(array.text + wireText(array.writer.fail(error))) as JsonObject[];
  expect(elements).toMatchObject([{ candidates: [{}] }, { error: { code: 502, message: 'gone' } }]);
  const atOnce = stream([], { asArray: true });
  expect(JSON.parse(wireText(atOnce.writer.fail(error)))).toMatchObject([{ error: { message: 'gone' } }]);
});

test('an array is JSON at its end, its elements apart as Google parts them', () => {
  const { text, writer } = stream(
    ['a', 'b'].map((text) => frame([{ type: 'text-delta', choice: 0, text }])),
    { asArray: true },
  );
  const whole = text + wireText(writer.end());
  expect(whole.split('\n,\r\n').length).toBe(3);
  expect(JSON.parse(whole)).toHaveLength(3);
  expect(writer.heartbeat).toBeUndefined();
  expect(gemini.listen.streamType({ model: 'm', stream: true, wantsUsage: true, asArray: true })).toBe(
    'application/json; charset=utf-8',
  );
});

test('a heartbeat is no event, and nothing a line reader could take for the beginning of one', () => {
  const { heartbeat = '' } = stream([]).writer;
  expect(heartbeat.trim()).toBe('');
  expect(heartbeat).not.toBe('');
  expect(eventsOf(`${heartbeat}data: {}\r\n\r\n${heartbeat}`)).toEqual([{ data: '{}' }]);
});

describe('calls in pieces', () => {
  const delta = (index: number, rest: Partial<ToolCallDelta>): ReplyFrame =>
    frame([{ type: 'tool-call-delta', choice: 0, index, ...rest }]);
  const calls = (...frames: ReplyFrame[]): unknown[] => {
    const { text, writer } = stream(frames);
    return chunksIn(text + wireText(writer.end()))
      .flatMap((chunk) => chunk.candidates as JsonObject[])
      .flatMap(({ content }) => (content as JsonObject).parts as JsonObject[])
      .flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
  };
  const end = frame([{ type: 'choice-finish', choice: 0, reason: 'tool-calls' }]);

  test('that interleave come whole, in order', () => {
    expect(
      calls(
        delta(0, { id: '1', name: 'f' }),
        delta(1, { id: '2', name: 'g', arguments: '{"b":' }),
        delta(0, { arguments: '{"a":{' }),
        delta(1, { arguments: '2}' }),
        delta(0, { arguments: '}}' }),
        end,
      ),
    ).toEqual([
      { id: '1', name: 'f', args: { a: {} } },
      { id: '2', name: 'g', args: { b: 2 } },
    ]);
  });

  test.each([[], [end]])('without arguments, or cut short, come at the end', (...last) => {
    expect(
      calls(
        delta(0, { id: '1', name: 'f', arguments: '' }),
        delta(1, { name: 'g', arguments: '{"b":' }),
        delta(2, { id: '3', name: 'p', kind: 'custom', arguments: '{}' }),
        ...last,
      ),
    ).toEqual([
      { id: '1', name: 'f', args: {} },
      { name: 'g', args: {} },
      { id: '3', name: 'p', args: { input: '{}' } },
    ]);
  });

  test('that are over stay over', () => {
    expect(calls(delta(0, { name: 'f', arguments: '{}' }), delta(0, { arguments: ' ' }), end)).toEqual([
      { name: 'f', args: {} },
    ]);
  });
});

test.each([
  ['stop', 'STOP'],
  ['length', 'MAX_TOKENS'],
  ['tool-calls', 'STOP'],
  ['content-filter', 'SAFETY'],
  ['other', 'OTHER'],
] as const)('the end %s is %s', (reason, word) => {
  const written = gemini.listen.writeReply(
    frame([{ type: 'choice-finish', choice: 0, reason, native: 'x' }]),
    new Losses(),
  );
  expect(written.candidates).toEqual([
    { content: { parts: [{ text: '' }], role: 'model' }, finishReason: word, index: 0 },
  ]);
});

test('several choices are several candidates; redacted reasoning signs a thought', () => {
  const { text, writer, losses } = stream([
    frame([
      { type: 'text-delta', choice: 1, text: 'b' },
      { type: 'reasoning-redacted', choice: 0, data: 'x' },
      { type: 'refusal-delta', choice: 0, text: 'no' },
    ]),
  ]);
  expect(chunksIn(text + wireText(writer.end()))).toMatchObject([
    {
      candidates: [
        { index: 1, content: { parts: [{ text: 'b' }] } },
        {
          index: 0,
          content: { parts: [{ text: '', thought: true, thoughtSignature: 'x' }, { text: 'no' }] },
        },
      ],
    },
    { candidates: [{ index: 1, finishReason: 'STOP' }, { index: 0 }] },
  ]);
  expect(losses.list()).toEqual(['refusal']);
});

test('a name that is said again with every piece is said once', () => {
  const piece = { type: 'tool-call-delta', choice: 0, index: 0, name: 'f' } as const;
  const { text, writer } = stream([
    frame([{ ...piece, id: 'c', arguments: '{"a"' }]),
    frame([{ ...piece, arguments: ':1}' }]),
  ]);
  expect(text + wireText(writer.end())).toContain('"name":"f","args":{"a":1}');
});
