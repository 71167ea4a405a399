/** Errors in Google's words. */
import { describe, expect, test } from 'bun:test';
import { GatewayError, type UpstreamRefusal } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { readRefusal } from '../../../src/dialects/gemini/error.ts';
import { gemini } from '../../../src/dialects/gemini/index.ts';

const { writeError } = gemini.listen;

test('the gateway’s own have their code as the reason', () => {
  const error = new GatewayError('model_not_found', 'No such model.', { param: 'model' });
  expect(writeError(error)).toEqual({
    error: {
      code: 404,
      message: 'No such model.',
      status: 'NOT_FOUND',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'MODEL_NOT_FOUND',
          domain: 'opengateway',
          metadata: { field: 'model' },
        },
      ],
    },
  });
});

test.each([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [422, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
  [529, 'UNAVAILABLE'],
])('another API’s refusal with %i is %s', (status, name) => {
  const refusal: UpstreamRefusal = {
    shape: 'anthropic-messages',
    status,
    message: 'no',
    type: 'overloaded_error',
    code: 'x',
    param: null,
    rest: { secret: 1 },
  };
  expect(writeError(new GatewayError('upstream_rejected', 'no', { refusal }))).toEqual({
    error: { code: status, message: 'no', status: name },
  });
});

describe('Google’s own', () => {
  const error = {
    code: 429,
    message: 'Quota',
    status: 'RESOURCE_EXHAUSTED',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }],
  };

  test.each([
    ['an object', { error }],
    ['an array of one', [{ error }]],
  ] as const)('come back as they were, details included: %s', (_, json) => {
    const refusal = readRefusal(429, json as never);
    expect(refusal).toMatchObject({
      shape: 'gemini',
      message: 'Quota',
      type: 'RESOURCE_EXHAUSTED',
      code: 429,
    });
    expect(writeError(new GatewayError('upstream_rejected', '', { refusal }))).toEqual({ error });
  });

  test.each<JsonObject>([{}, { error: null }, { error: 1 }, { message: 'x' }])('%j is none', (json) => {
    expect(gemini.speak.readRefusal(400, json)).toBeUndefined();
  });

  test.each<JsonObject>([{ error: {} }, { error: { message: 1, code: {}, status: 5 } }, { error: 'x' }])(
    '%j is read all the same',
    (json) => {
      const refusal = gemini.speak.readRefusal(400, json);
      expect(writeError(new GatewayError('upstream_rejected', '', { refusal })).error).toMatchObject({
        status: 'INVALID_ARGUMENT',
        code: 400,
      });
    },
  );
});

test('a failure inside a reply has its own code; a reply with candidates is none', () => {
  expect(gemini.speak.readFailure({ error: { code: 503, message: 'x' } })).toMatchObject({ code: 503 });
  expect(gemini.speak.readFailure({ candidates: [], error: { code: 503 } })).toBeUndefined();
  expect(gemini.speak.readFailure({})).toBeUndefined();
});
