/** What Gemini's replies mean to everyone else. */
import { describe, expect, test } from 'bun:test';
import { foldReply } from '../../../src/core/fold.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { failureAbroad, finishOf, type ReplyEvent, usageOf } from '../../../src/core/reply.ts';
import { BadFraming } from '../../../src/dialects/dialect.ts';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import { crossReply, crossStream, readStream } from '../../support/trips.ts';

const read = (json: JsonObject) => gemini.speak.readReply(json);

function reply(parts: JsonObject[], rest: JsonObject = {}): JsonObject {
  return {
    candidates: [{ content: { role: 'model', parts }, ...rest }],
    responseId: 'r1',
    modelVersion: 'g',
  };
}

function chunks(...jsons: JsonObject[]) {
  return jsons.map((json) => ({ data: JSON.stringify(json) }));
}

/** Place apart, which the fold tests. */
function said(json: JsonObject): unknown[] {
  return read(json).events.map((event: ReplyEvent) => ({ ...event, choice: undefined, block: undefined }));
}

test('parts in order, signatures with what they sign', () => {
  const json = reply([
    { text: 'hm', thought: true },
    { text: 'Hi', thoughtSignature: 'AA' },
    { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'BB' },
    { functionCall: { id: 'x', name: 'g' } },
    { inlineData: { mimeType: 'image/png', data: 'CC' }, thoughtSignature: 'DD' },
    { executableCode: { code: '1' } },
    { text: 'end' },
  ]);
  expect(said(json)).toEqual([
    { type: 'reasoning-delta', text: 'hm' },
    { type: 'reasoning-signature', signature: 'AA' },
    { type: 'text-delta', text: 'Hi' },
    {
      type: 'tool-call-delta',
      index: 0,
      id: 'call_r1_0_0',
      name: 'f',
      arguments: '{"a":1}',
      signature: 'BB',
    },
    { type: 'tool-call-delta', index: 1, id: 'x', name: 'g', arguments: '{}' },
    { type: 'reasoning-signature', signature: 'DD' },
    { type: 'media', kind: 'image', mediaType: 'image/png', data: 'CC' },
    { type: 'other', what: 'executableCode' },
    { type: 'text-delta', text: 'end' },
  ]);
  expect(crossReply(gemini, gemini, json).written).toEqual(json);
});

test('calls of later chunks are further calls, and two signatures are never read as one', () => {
  const stream = chunks(
    reply([{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'AA' }]),
    reply([{ functionCall: { name: 'f', args: {} } }]),
    reply([{ text: '', thoughtSignature: 'BB' }]),
    reply([{ text: '', thoughtSignature: 'CC' }], { finishReason: 'STOP' }),
  );
  const folded = foldReply(readStream(gemini, stream));
  expect(folded.choices[0]?.blocks).toMatchObject([
    { type: 'tool-call', id: 'call_r1_0_0', signature: 'AA' },
    { type: 'tool-call', id: 'call_r1_0_1' },
    { type: 'reasoning', text: '', signature: 'BB' },
    { type: 'reasoning', text: '', signature: 'CC' },
  ]);
  expect(folded.choices[0]?.finish?.reason).toBe('tool-calls');
});

test.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['LANGUAGE', 'other'],
  ['OTHER', 'other'],
  ['SOMETHING_NEW', 'other'],
  [1, 'stop'],
  [2, 'length'],
  [3, 'content-filter'],
  [99, 'other'],
])('the end %j', (finishReason, reason) => {
  const json = reply([{ text: 'x' }], { finishReason });
  expect(finishOf(read(json))).toBe(reason as never);
  expect(failureAbroad(read(json))).toBeUndefined();
  expect(crossReply(gemini, gemini, json).written).toEqual(json);
});

test.each([undefined, null, '', 0, 'FINISH_REASON_UNSPECIFIED'])('%j is no end', (finishReason) => {
  const json = reply([{ text: 'x' }], finishReason === undefined ? {} : { finishReason });
  expect(finishOf(read(json))).toBeUndefined();
  expect(crossReply(gemini, gemini, json).written).toEqual(json);
});

test.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 10, 12, 13])(
  '%j breaks the reply for every other dialect, and no trip',
  (finishReason) => {
    const json = reply([], { finishReason, finishMessage: 'why' });
    expect(failureAbroad(read(json))).toMatchObject({ shape: 'gemini', status: 502, message: 'why' });
    expect(read(json).failure).toBeUndefined();
    expect(crossReply(gemini, gemini, json).written).toEqual(json);
  },
);

test('a refused prompt is filtered content', () => {
  const json = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } };
  expect(read(json).events).toEqual([
    { type: 'choice-finish', choice: 0, reason: 'content-filter', native: 'SAFETY' },
    { type: 'usage', usage: { inputTokens: 3, outputTokens: 0 } },
  ]);
  expect(crossReply(gemini, gemini, json).written).toEqual(json);
});

test.each<[JsonObject, object | undefined]>([
  [{}, undefined],
  [{ trafficType: 'ON_DEMAND' }, undefined],
  [{ promptTokenCount: 5 }, { inputTokens: 5, outputTokens: 0 }],
  [
    { promptTokenCount: 5, candidatesTokenCount: 2, thoughtsTokenCount: 3, totalTokenCount: 10 },
    { inputTokens: 5, outputTokens: 5, reasoningTokens: 3 },
  ],
  [
    { promptTokenCount: 10, cachedContentTokenCount: 8, candidatesTokenCount: 1 },
    { inputTokens: 10, outputTokens: 1, cachedInputTokens: 8 },
  ],
  [
    { promptTokenCount: 2, cachedContentTokenCount: 8, candidatesTokenCount: 1 },
    { inputTokens: 10, outputTokens: 1, cachedInputTokens: 8 },
  ],
  [
    { promptTokenCount: 2, toolUsePromptTokenCount: 7, candidatesTokenCount: 1 },
    { inputTokens: 9, outputTokens: 1 },
  ],
  [
    {
      prompt_token_count: 9,
      candidates_token_count: 4,
      prompt_tokens_details: [
        { modality: 'AUDIO', token_count: 3 },
        { modality: 2, tokenCount: 4 },
        { modality: 'TEXT', tokenCount: 2 },
        null,
      ],
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 4 }],
    },
    { inputTokens: 9, outputTokens: 4, audioInputTokens: 3, imageInputTokens: 4, imageOutputTokens: 4 },
  ],
])('usage %j', (usageMetadata, usage) => {
  expect(usageOf(read({ usageMetadata }))).toEqual(usage as never);
});

describe('citations', () => {
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: 'https://a.test', title: 'A' } }, { web: { uri: 'https://b.test' } }],
    groundingSupports: [
      { segment: { startIndex: 0, endIndex: 6, text: 'Grüß' }, groundingChunkIndices: [0, 7, 'x'] },
      { segment: { startIndex: 6, endIndex: 99 }, groundingChunkIndices: [0] },
    ],
  };

  test('have their spans in characters, told once however often chunks repeat them', () => {
    const stream = chunks(
      reply([{ text: 'Grüß Gott' }], { groundingMetadata }),
      reply([{ text: '', thoughtSignature: 'AA' }], { groundingMetadata, finishReason: 'STOP' }),
    );
    const [choice] = foldReply(readStream(gemini, stream)).choices;
    expect(choice?.blocks).toEqual([
      {
        type: 'text',
        text: 'Grüß Gott',
        citations: [
          { url: 'https://a.test', title: 'A', start: 0, end: 4 },
          { url: 'https://a.test', title: 'A' },
          { url: 'https://b.test' },
        ],
      },
      { type: 'reasoning', text: '', signature: 'AA' },
    ]);
  });

  test.each(['citationSources', 'citations', 'citation_sources'])('of %s', (key) => {
    const citationMetadata = { [key]: [{ endIndex: 2, uri: 'https://c.test' }, null, {}] };
    const json = reply([{ text: 'abc' }], { citationMetadata });
    expect(said(json)).toContainEqual({
      type: 'citation',
      citation: { url: 'https://c.test', start: 0, end: 2 },
    });
    expect(crossReply(gemini, gemini, json).written).toEqual(json);
  });
});

test('log probabilities, zeros that proto3 leaves out included', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'a', logProbability: -1 }, { token: 'b' }, {}],
    topCandidates: [{ candidates: [{ token: 'a', logProbability: -1 }, null] }],
  };
  expect(said(reply([], { logprobsResult }))).toEqual([
    {
      type: 'logprobs',
      tokens: [
        { token: 'a', logprob: -1, top: [{ token: 'a', logprob: -1 }] },
        { token: 'b', logprob: 0 },
      ],
    },
  ]);
});

test('the head of a frame', () => {
  const json = { responseId: 'r', modelVersion: 'm', createTime: '2026-02-15T07:50:39.178410Z' };
  expect(read(json)).toMatchObject({ id: 'r', model: 'm', createdAtS: 1771141839 });
});

test('candidates by their index, absent for the first; an impossible index counts as none', () => {
  const text = (value: string) => ({ content: { parts: [{ text: value }] } });
  const json = { candidates: [text('a'), { ...text('b'), index: 1 }, { ...text('c'), index: 1e9 }, null] };
  expect(foldReply([read(json)]).choices.map(({ blocks }) => blocks)).toMatchObject([
    [{ text: 'a' }],
    [{ text: 'b' }],
    [{ text: 'c' }],
  ]);
  expect(crossReply(gemini, gemini, json as JsonObject).written).toEqual(json as JsonObject);
});

test('an error in a stream fails it, also as an array of one', () => {
  const error = { error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } };
  for (const json of [error, [error]]) {
    const [frame] = readStream(gemini, [{ data: JSON.stringify(json) }]);
    expect(frame?.failure).toMatchObject({ message: 'busy', type: 'UNAVAILABLE', code: 503 });
  }
});

test.each(['', 'x', '1', '"x"', 'null', '[1]', '[{},{}]', '{'])('%j is no event', (data) => {
  expect(() => gemini.speak.createStreamReader().read({ data })).toThrow(BadFraming);
});

test('both framings of an empty stream are whole', () => {
  expect(crossStream(gemini, gemini, []).written).toBe('');
  expect(crossStream(gemini, gemini, [], { asArray: true }).written).toBe('[]');
});
