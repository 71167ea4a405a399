/** What replies say beside text and calls is told to other dialects, and stays untouched for their own. */
import { describe, expect, test } from 'bun:test';
import { foldReply, textIn } from '../../../src/core/fold.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses, reportCarry } from '../../../src/core/losses.ts';
import type { ReplyEvent } from '../../../src/core/reply.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { asJson, crossReply, crossStream, readStream } from '../../support/trips.ts';

const wav = 'data:audio/wav;base64,AA==';
const annotation = {
  type: 'url_citation',
  url_citation: { url: 'https://x', title: 'X', content: 'c', start_index: 1, end_index: 2 },
};

const messages: [string, JsonObject, object[]][] = [
  [
    'citations',
    { content: 'x', annotations: [annotation, { type: 'file_citation' }, null] },
    [
      { type: 'text-delta', text: 'x' },
      {
        type: 'citation',
        citation: { url: 'https://x', title: 'X', citedText: 'c', start: 1, end: 2 },
      },
      { type: 'other', what: 'annotation file_citation' },
    ],
  ],
  [
    'images',
    {
      content: null,
      images: [
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        { type: 'image_url', image_url: { url: 'https://x' } },
      ],
    },
    [
      { type: 'media', kind: 'image', mediaType: 'image/png', data: 'AA==' },
      { type: 'other', what: 'image by its address' },
    ],
  ],
  [
    'texts and thoughts in parts',
    {
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'thinking', thinking: 'so' },
        { type: 'text', text: 'x' },
        { type: 'reference', reference_ids: [1] },
        null,
      ],
    },
    [
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'reasoning-delta', text: 'so' },
      { type: 'text-delta', text: 'x' },
      { type: 'other', what: 'content part reference' },
    ],
  ],
  [
    'reasoning told twice',
    {
      reasoning: 'hm',
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', signature: 'S' },
        { type: 'reasoning.encrypted', data: 'R' },
      ],
    },
    [
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'reasoning-signature', signature: 'S' },
      { type: 'reasoning-redacted', data: 'R' },
    ],
  ],
  [
    'reasoning told in details alone',
    { reasoning: null, reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] },
    [{ type: 'reasoning-delta', text: 'hm' }],
  ],
  [
    'a call that Gemini signed',
    {
      tool_calls: [
        {
          index: 0,
          id: 'c',
          function: { name: 'f', arguments: '' },
          extra_content: { google: { thought_signature: 'S' } },
        },
      ],
    },
    [{ type: 'tool-call-delta', index: 0, id: 'c', name: 'f', arguments: '', signature: 'S' }],
  ],
  [
    'a custom call',
    { tool_calls: [{ index: 0, id: 'c', type: 'custom', custom: { name: 'f', input: 'i' } }] },
    [{ type: 'tool-call-delta', index: 0, id: 'c', name: 'f', kind: 'custom', arguments: 'i' }],
  ],
  [
    'content nobody else has',
    { content: 'x', executed_tools: [{ type: 'search' }], x_empty: [], x_null: null, x_object: { a: '' } },
    [
      { type: 'text-delta', text: 'x' },
      { type: 'other', what: 'executed_tools' },
    ],
  ],
];

const withChoice = (events: readonly object[]) =>
  events.map((event) => ({ choice: 0, ...event }) as ReplyEvent);

test.each(messages)('a whole reply of %s', (_what, message, events) => {
  const json = { choices: [{ index: 0, message, logprobs: null, finish_reason: null }] };
  expect(openaiChat.speak.readReply(json).events).toEqual(withChoice(events));
  expect(crossReply(openaiChat, openaiChat, json).written).toEqual(asJson(json));
});

test.each(messages)('a chunk of %s', (_what, delta, events) => {
  const json = { choices: [{ index: 0, delta, logprobs: null, finish_reason: null }] };
  const wire = [{ data: JSON.stringify(json) }];
  expect(readStream(openaiChat, wire)[0]?.events).toEqual(withChoice(events));
  const { written } = crossStream(openaiChat, openaiChat, wire);
  expect(JSON.parse(written.split('\n')[0]?.slice('data: '.length) ?? '')).toEqual(asJson(json));
});

test('audio is heard and its words are read', () => {
  const audio = { id: 'a', data: 'AA==', expires_at: 5, transcript: 'hello' };
  const json = { choices: [{ index: 0, message: { role: 'assistant', content: null, audio } }] };
  expect(openaiChat.speak.readReply(json).events).toEqual([
    { type: 'text-delta', choice: 0, text: 'hello' },
    { type: 'media', choice: 0, kind: 'audio', mediaType: 'audio/wav', data: 'AA==' },
  ]);
  expect(crossReply(openaiChat, openaiChat, json).written).toEqual(json);
  const chunk = { choices: [{ index: 0, delta: { audio: { id: 'a', transcript: 'hello' } } }] };
  expect(readStream(openaiChat, [{ data: JSON.stringify(chunk) }])[0]?.events).toEqual([
    { type: 'text-delta', choice: 0, text: 'hello' },
  ]);
});

test('empty audio, and what is no audio, says nothing', () => {
  for (const audio of [{ id: '', data: '', transcript: '' }, null, wav]) {
    const json = { choices: [{ index: 0, message: { content: 'x', audio } }] };
    expect(openaiChat.speak.readReply(json).events).toEqual([{ type: 'text-delta', choice: 0, text: 'x' }]);
  }
});

test('log probabilities of text and refusal', () => {
  const token = {
    token: 'a',
    logprob: -1,
    bytes: [97],
    top_logprobs: [{ token: 'b', logprob: -2, bytes: null }],
  };
  const logprobs = { content: [token, { token: 5 }, null], refusal: [{ token: 'n', logprob: 0 }] };
  const json = { choices: [{ index: 0, delta: {}, logprobs }] };
  expect(openaiChat.speak.readReply(json).events).toEqual([
    {
      type: 'logprobs',
      choice: 0,
      tokens: [
        { token: 'a', logprob: -1, bytes: [97], top: [{ token: 'b', logprob: -2, bytes: null }] },
        { token: 'n', logprob: 0 },
      ],
    },
  ]);
  expect(crossReply(openaiChat, openaiChat, json).written).toEqual(json);
});

describe('in a stream', () => {
  const chunk = (delta: JsonObject) => ({ data: JSON.stringify({ choices: [{ index: 0, delta }] }) });
  const detail = (fields: JsonObject) => [{ type: 'reasoning.text', index: 0, ...fields }];

  test('details that repeat the reasoning later are not read twice', () => {
    const frames = readStream(openaiChat, [
      chunk({ reasoning_content: 'h' }),
      chunk({ reasoning_content: 'm' }),
      chunk({ reasoning_details: detail({ text: 'hm', signature: 'S' }) }),
    ]);
    const [choice] = foldReply(frames).choices;
    expect(choice?.blocks).toEqual([{ type: 'reasoning', text: 'hm', signature: 'S' }]);
  });

  test('details alone are read piece by piece', () => {
    const frames = readStream(openaiChat, [
      chunk({ reasoning_details: detail({ text: 'h' }) }),
      chunk({ reasoning: '', reasoning_details: detail({ text: 'm' }) }),
    ]);
    expect(textIn(foldReply(frames).choices[0], 'reasoning')).toBe('hm');
  });
});

test('the stop word that ended a reply is read where it is told', () => {
  const read = (stop_reason: string | number | null) =>
    openaiChat.speak.readReply({ choices: [{ index: 0, message: {}, finish_reason: 'stop', stop_reason }] })
      .events;
  const finish = { type: 'choice-finish', choice: 0, reason: 'stop', native: 'stop' } as const;
  expect(read('END')).toEqual([{ ...finish, stopSequence: 'END' }]);
  expect(read(128009)).toEqual([finish]);
  expect(read(null)).toEqual([finish]);
});

test('a usual reply leaves nothing to warn of', () => {
  const message = { role: 'assistant', content: 'x', refusal: null, annotations: [] };
  const frame = openaiChat.speak.readReply({
    id: 'i',
    object: 'chat.completion',
    created: 5,
    model: 'm',
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    service_tier: 'default',
    system_fingerprint: 'fp',
    moderation: { model: 'm' },
  });
  const losses = new Losses();
  reportCarry(frame.carry, 'reply', openaiChat.listen.formKeys, losses);
  expect(losses.list()).toEqual(['reply.moderation']);
});
