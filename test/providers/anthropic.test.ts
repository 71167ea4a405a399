/** Anthropic's address, as its own SDKs and as its API's documents write it, and its key. */

import { expect, test } from 'bun:test';
import { Secret } from '../../src/core/secret.ts';
import { anthropic } from '../../src/providers/anthropic.ts';
import { noTransport as transport } from '../support/fetch-through.ts';

test.each([
  ['https://api.anthropic.com', 'https://api.anthropic.com/v1'],
  ['https://api.anthropic.com/v1', 'https://api.anthropic.com/v1'],
  ['http://127.0.0.1:8080/anthropic', 'http://127.0.0.1:8080/anthropic/v1'],
  ['http://127.0.0.1:8080/anthropic/v1', 'http://127.0.0.1:8080/anthropic/v1'],
  ['https://v1.example.com', 'https://v1.example.com/v1'],
])('%s is the API at %s', (baseUrl, expected) => {
  const key = new Secret('sk-ant-1');
  expect(anthropic.connect?.({ environment: {}, baseUrl, key, transport })).toEqual({
    baseUrl: expected,
    headers: { 'x-api-key': 'sk-ant-1' },
  });
});

test('without a key none is sent', () => {
  expect(anthropic.connect?.({ environment: {}, baseUrl: undefined, key: undefined, transport })).toEqual({});
});

test('its limits reach the client', () => {
  expect(anthropic.replyHeaders).toContain('anthropic-ratelimit-input-tokens-remaining');
  expect(anthropic.headers).toEqual({ 'anthropic-version': '2023-06-01' });
  expect(anthropic.forwardHeaders).toContain('anthropic-beta');
});
