/** Counting tokens: checked like a message, passed through, never taken for usage. */
import { expect, test } from 'bun:test';
import { canTranslate } from '../../src/core/dialect-name.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Losses } from '../../src/core/losses.ts';
import { anthropicCountTokens } from '../../src/dialects/anthropic-count-tokens.ts';

const { listen, speak, observe } = anthropicCountTokens;
const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], system: 's', odd: [1] };

test('a request goes on with nothing but the model exchanged', () => {
  const call = listen.readRequest(body);
  const change = { model: 'other', askForUsage: false };
  expect(speak.writeRequest(call, change, new Losses())).toEqual({ ...body, model: 'other' });
  expect(speak.path({ model: 'm', stream: false })).toBe('/messages/count_tokens');
});

test('a count comes back as it is, and is no usage', () => {
  const reply = { input_tokens: 14, odd: true };
  expect(listen.writeReply(speak.readReply(reply), new Losses())).toEqual(reply);
  expect(observe(reply)).toEqual({});
});

test.each<[JsonObject, string]>([
  [{ messages: [] }, 'model'],
  [{ model: 'm' }, 'messages'],
  [{ model: 'm', messages: {} }, 'messages'],
])('%j is refused, naming %s', (json, param) => {
  expect(() => listen.readHead(json)).toThrow(expect.objectContaining({ param }));
});

test('no other dialect can stand in for it', () => {
  expect(canTranslate('anthropic-count-tokens', 'anthropic-messages')).toBe(false);
  expect(canTranslate('anthropic-messages', 'anthropic-count-tokens')).toBe(false);
});

test('errors are Anthropic’s', () => {
  expect(listen.writeError(new GatewayError('model_not_found', 'm'))).toEqual({
    type: 'error',
    error: { type: 'not_found_error', message: 'm' },
  });
});
