/** Events as the OpenAI APIs write them: one line of JSON each, `[DONE]` last, no way to break out of a line. */
import { expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { dataEvent, isUsageChunk } from '../../../src/dialects/openai/stream-writer.ts';
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts';
import { readChunk, wireText } from '../../support/trips.ts';

const writer = (wantsUsage: boolean) =>
  openaiChat.listen.createStreamWriter({ model: 'm', stream: true, wantsUsage }, new Losses());
const write = (json: JsonObject, wantsUsage: boolean) =>
  writer(wantsUsage).write(readChunk(openaiChat, json));
const usage = { prompt_tokens: 1, completion_tokens: 2 };

test.each(['a\n\nb', 'a\r\rb', 'a\u2028b\u2029', '\n\ndata: [DONE]\n\n', 'é漢😀'])(
  '%j stays inside its event',
  (text) => {
    const event = dataEvent({ text });
    expect(event.indexOf('\n')).toBe(event.length - 2);
    expect(event).not.toContain('\r');
    expect(JSON.parse(event.slice(6))).toEqual({ text });
  },
);

test('usage is shown to a client that asked for it, and only to that', () => {
  const chunk = { id: 'c', choices: [], usage };
  expect(write(chunk, true)).toBe(dataEvent(chunk));
  expect(write(chunk, false)).toBe('');
  const empty = { id: 'c', choices: [{ index: 0, delta: { content: 'x' } }], usage: null };
  expect(write(empty, true)).toBe(dataEvent(empty));
  expect(write(empty, false)).toBe(dataEvent({ id: 'c', choices: empty.choices }));
});

test.each([
  [{ choices: [], usage }, true],
  [{ choices: [], usage: null }, false],
  [{ choices: [] }, false],
  [{ usage }, false],
  [{ choices: [{}], usage }, false],
] as [JsonObject, boolean][])('%j is a chunk of usage alone: %p', (json, expected) => {
  expect(isUsageChunk(json)).toBe(expected);
});

test('a stream ends in [DONE], a failed one in an error and no [DONE]', () => {
  expect(writer(false).end()).toBe('data: [DONE]\n\n');
  const failed = wireText(writer(false).fail(new GatewayError('upstream_timeout', 'it fell\nsilent')));
  expect(failed).not.toContain('[DONE]');
  expect(JSON.parse(failed.slice(6))).toEqual({
    error: { message: 'it fell\nsilent', type: 'api_error', param: null, code: 'upstream_timeout' },
  });
});
