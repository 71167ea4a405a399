/** What upstreams say of a request they refuse, in the many shapes cousins of the API use. */
import { describe, expect, test } from 'bun:test';
import { GatewayError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { readRefusal, writeError } from '../../../src/dialects/openai/error.ts';

const plain = {
  shape: 'openai-chat',
  status: 400,
  type: null,
  code: null,
  param: null,
  rest: {},
};

test.each([
  [
    { error: { message: 'm', type: 't', param: 'p', code: 'c' } },
    { ...plain, message: 'm', type: 't', param: 'p', code: 'c' },
  ],
  [{ error: { message: 'm', code: 429 } }, { ...plain, message: 'm', code: 429 }],
  [{ error: { message: 'm', param: null, code: null } }, { ...plain, message: 'm' }],
  [
    { error: { message: 'm', metadata: { raw: [1] } } },
    { ...plain, message: 'm', rest: { metadata: { raw: [1] } } },
  ],
  [{ error: { reason: 'r' } }, { ...plain, message: '{"reason":"r"}', rest: { reason: 'r' } }],
  [
    { error: { message: ['m'], type: 5, param: {}, code: [] } },
    { ...plain, message: '{"message":["m"],"type":5,"param":{},"code":[]}' },
  ],
  [{ error: 'm' }, { ...plain, message: 'm' }],
  [
    { message: 'm', type: 't' },
    { ...plain, message: 'm', type: 't' },
  ],
  [
    { object: 'error', message: 'm', type: 'BadRequestError', code: 400 },
    { ...plain, message: 'm', type: 'BadRequestError' },
  ],
  [{ detail: 'm' }, { ...plain, message: 'm' }],
] as [JsonObject, object][])('%j', (json, expected) => {
  expect(readRefusal(400, json)).toEqual(expected as ReturnType<typeof readRefusal>);
});

test.each([{}, { error: null }, { error: [] }, { error: 5 }, { message: {} }, { detail: [{ msg: 'm' }] }])(
  '%j is no error of this dialect',
  (json) => {
    expect(readRefusal(400, json as JsonObject)).toBeUndefined();
  },
);

describe('a refusal read and written', () => {
  test.each([
    { message: 'm', type: 't', param: 'p', code: 'c' },
    { message: '', type: 't', param: null, code: 0 },
    { message: 'm', type: 't', param: null, code: null, inner: { deep: [null, 'é'] } },
  ] as JsonObject[])('says the same: %j', (error) => {
    const refusal = readRefusal(418, { error });
    const written = writeError(new GatewayError('upstream_rejected', 'ours', { refusal }));
    expect(written).toEqual({ error });
  });

  test('inert names stay inert', () => {
    const json = JSON.parse(
      '{"error":{"message":"m","__proto__":{"type":"t"},"constructor":1}}',
    ) as JsonObject;
    const refusal = readRefusal(400, json);
    expect(refusal?.type).toBeNull();
    expect(({} as { type?: string }).type).toBeUndefined();
  });
});

describe('a refusal of another dialect is told in the type OpenAI’s SDKs know for its status', () => {
  test.each([
    [
      'anthropic-messages',
      400,
      'invalid_request_error',
      null,
      'invalid_request_error',
      'invalid_request_error',
    ],
    ['anthropic-messages', 401, 'authentication_error', null, 'authentication_error', 'authentication_error'],
    ['anthropic-messages', 403, 'permission_error', null, 'permission_error', 'permission_error'],
    ['anthropic-messages', 404, 'not_found_error', null, 'invalid_request_error', 'not_found_error'],
    ['anthropic-messages', 413, 'request_too_large', null, 'invalid_request_error', 'request_too_large'],
    ['anthropic-messages', 429, 'rate_limit_error', null, 'rate_limit_error', 'rate_limit_error'],
    ['anthropic-messages', 500, 'api_error', null, 'server_error', 'api_error'],
    ['anthropic-messages', 529, 'overloaded_error', null, 'server_error', 'overloaded_error'],
    ['gemini', 400, 'INVALID_ARGUMENT', 400, 'invalid_request_error', 'INVALID_ARGUMENT'],
    ['gemini', 429, 'RESOURCE_EXHAUSTED', 429, 'rate_limit_error', 'RESOURCE_EXHAUSTED'],
    ['gemini', 503, 'UNAVAILABLE', 503, 'server_error', 'UNAVAILABLE'],
    ['bedrock-converse', 400, 'ValidationException', null, 'invalid_request_error', 'ValidationException'],
    ['bedrock-converse', 429, 'ThrottlingException', null, 'rate_limit_error', 'ThrottlingException'],
    ['bedrock-converse', 424, 'ModelErrorException', null, 'invalid_request_error', 'ModelErrorException'],
  ] as const)('%s %i %s', (shape, status, type, code, expectedType, expectedCode) => {
    const refusal = { shape, status, message: 'm', type, code, param: null, rest: { secret: 'of theirs' } };
    const error = new GatewayError('upstream_rejected', 'ours', { refusal });
    expect(writeError(error)).toEqual({
      error: { message: 'm', type: expectedType, param: null, code: expectedCode },
    });
    expect(error.status).toBe(status);
  });

  test('words nobody could read are passed on under the gateway’s own type', () => {
    const refusal = {
      shape: 'none',
      status: 502,
      message: 'm',
      type: null,
      code: null,
      param: null,
      rest: {},
    } as const;
    expect(writeError(new GatewayError('upstream_rejected', 'ours', { refusal }))).toEqual({
      error: { message: 'm', type: 'api_error', param: null, code: null },
    });
  });
});
