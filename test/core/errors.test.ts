/** The table of errors and the one error type: statuses, faithful refusals, and nothing private in what clients see. */
import { describe, expect, test } from 'bun:test';
import {
  type ErrorCode,
  errorTable,
  GatewayError,
  toGatewayError,
  type UpstreamRefusal,
} from '../../src/core/errors.ts';
import { writeError } from '../../src/dialects/openai/error.ts';

const codes = Object.keys(errorTable) as ErrorCode[];

describe.each(codes)('%s', (code) => {
  const kind = new GatewayError(code, 'm').kind;

  test('has a status of an error, a help text and a type the SDKs know', () => {
    expect(kind.status).toBeGreaterThanOrEqual(400);
    expect(kind.status).toBeLessThan(600);
    expect(kind.help).toEndWith('.');
    expect([
      'invalid_request_error',
      'permission_error',
      'rate_limit_error',
      'insufficient_quota',
      'api_error',
      'server_error',
    ]).toContain(kind.openaiType);
  });

  test('is worth a retry only where the fault may pass', () => {
    if (kind.retryable && kind.status !== 429) expect(kind.status).toBeGreaterThanOrEqual(500);
    if (kind.openaiType === 'invalid_request_error') expect(kind.retryable).toBe(false);
  });

  test('is written in the shape of the OpenAI API', () => {
    expect(writeError(new GatewayError(code, 'what is wrong', { param: 'model' }))).toEqual({
      error: { message: 'what is wrong', type: kind.openaiType, param: 'model', code },
    });
  });
});

test('param is null where no field is at fault', () => {
  expect(writeError(new GatewayError('invalid_json', 'm'))).toMatchObject({ error: { param: null } });
});

test('a refusal keeps the status and the words of the upstream', () => {
  const refusal: UpstreamRefusal = {
    shape: 'openai-chat',
    status: 429,
    message: 'slow down',
    type: 'tokens',
    code: 7,
    param: 'x',
    rest: { retry: [1] },
  };
  const error = new GatewayError('upstream_rejected', 'slow down', { refusal });
  expect(error.status).toBe(429);
  expect(writeError(error)).toEqual({
    error: { retry: [1], message: 'slow down', type: 'tokens', param: 'x', code: 7 },
  });
});

test('a refusal without a type gets the type of the table', () => {
  const refusal: UpstreamRefusal = {
    shape: 'openai-chat',
    status: 503,
    message: 'm',
    type: null,
    code: null,
    param: null,
    rest: {},
  };
  expect(writeError(new GatewayError('upstream_rejected', 'm', { refusal }))).toEqual({
    error: { message: 'm', type: 'api_error', param: null, code: null },
  });
});

test('further fields of a refusal never displace the ones that are known', () => {
  const rest = { message: 'other', type: 'other', code: 'other', param: 'other' };
  const refusal: UpstreamRefusal = {
    shape: 'openai-chat',
    status: 400,
    message: 'm',
    type: 't',
    code: 'c',
    param: 'p',
    rest,
  };
  expect(writeError(new GatewayError('upstream_rejected', 'm', { refusal }))).toEqual({
    error: { message: 'm', type: 't', param: 'p', code: 'c' },
  });
});

describe('what was not foreseen', () => {
  const thrown: [string, unknown][] = [
    ['an error', new Error('sk-secret at /srv/app.ts:1')],
    ['a text', 'sk-secret'],
    ['an object', { key: 'sk-secret' }],
    ['null', null],
    ['nothing', undefined],
  ];

  test.each(thrown)('becomes internal_error and stays private: %s', (_name, value) => {
    const error = toGatewayError(value);
    expect(error.code).toBe('internal_error');
    expect(error.status).toBe(500);
    expect(Object.is(error.cause, value)).toBe(true);
    const written = JSON.stringify(writeError(error));
    for (const secret of ['sk-secret', 'app.ts', 'at ']) expect(written).not.toContain(secret);
  });

  test('an error of the table stays what it is', () => {
    const error = new GatewayError('not_found', 'm', { cause: new Error('sk-secret') });
    expect(toGatewayError(error)).toBe(error);
    expect(JSON.stringify(writeError(error))).not.toContain('sk-secret');
  });
});
