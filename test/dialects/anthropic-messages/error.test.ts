/** Errors in Anthropic's shape, by status for a client, and as their upstream told them. */
import { expect, test } from 'bun:test';
import { GatewayError, type UpstreamRefusal } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { readFailure, readRefusal, writeError } from '../../../src/dialects/anthropic-messages/error.ts';

const plain = { shape: 'none', message: 'm', type: null, code: null, param: null, rest: {} } as const;

test.each([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [405, 'invalid_request_error'],
  [408, 'timeout_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [422, 'invalid_request_error'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [502, 'api_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])('a refusal of another API with status %d is of type %s', (status, type) => {
  for (const shape of ['none', 'openai-chat', 'gemini'] as const) {
    const refusal: UpstreamRefusal = { ...plain, shape, status, type: 'their own', rest: { secret: 1 } };
    expect(writeError(new GatewayError('upstream_rejected', 'm', { refusal }))).toEqual({
      type: 'error',
      error: { type, message: 'm' },
    });
  }
});

test.each([
  ['invalid_api_key', 'authentication_error'],
  ['model_not_found', 'not_found_error'],
  ['request_too_large', 'request_too_large'],
  ['upstream_timeout', 'timeout_error'],
  ['internal_error', 'api_error'],
] as const)('the gateway’s own %s is of type %s', (code, type) => {
  expect(writeError(new GatewayError(code, 'm'))).toEqual({ type: 'error', error: { type, message: 'm' } });
});

test.each<[JsonObject]>([
  [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
  [{ type: 'error', error: { type: 'not_found_error', message: 'm' }, request_id: 'req_1' }],
  [
    {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'm', details: { error_code: 'c' } },
      request_id: null,
    },
  ],
  [{ type: 'error', error: { type: 'a_new_error', message: 'm' } }],
])('%j is written as it was read', (json) => {
  const refusal = readRefusal(400, json);
  expect(refusal).toMatchObject({ shape: 'anthropic-messages', status: 400, code: refusal?.type ?? '' });
  expect(writeError(new GatewayError('upstream_rejected', '', { refusal }))).toEqual(json);
});

test.each<[JsonObject, string | undefined]>([
  [{ message: 'm' }, 'm'],
  [{ Message: 'm' }, 'm'],
  [{ error: 'm' }, 'm'],
  [{ detail: 'm' }, 'm'],
  [{ error: { odd: 1 } }, '{"odd":1}'],
  [{ type: 'message' }, undefined],
])('%j refuses with %j', (json, message) => {
  expect(readRefusal(400, json)?.message).toBe(message as never);
});

test.each<[JsonObject, number | undefined]>([
  [{ type: 'error', error: { type: 'overloaded_error', message: 'm' } }, 529],
  [{ type: 'error', error: { type: 'rate_limit_error', message: 'm' } }, 429],
  [{ type: 'error', error: { type: 'timeout_error', message: 'm' } }, 408],
  [{ type: 'error', error: { type: 'odd', message: 'm' } }, 502],
  [{ type: 'error' }, 502],
  [{ error: { message: 'm' } }, 502],
  [{ type: 'message', content: [], error: {} }, undefined],
  [{ type: 'message_start', message: {} }, undefined],
  [{ type: 'ping' }, undefined],
])('%j under a status of success is a failure of status %j', (json, status) => {
  expect(readFailure(json)?.status).toBe(status as never);
});
