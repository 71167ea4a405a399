/** Errors: read from the service, written for AWS SDKs, whole and in mid-stream, and nothing of a credential in them. */
import { describe, expect, test } from 'bun:test';
import { type ErrorCode, GatewayError, type UpstreamRefusal } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Losses } from '../../../src/core/losses.ts';
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts';
import { saidIn } from '../../support/event-frames.ts';

const { listen, speak } = bedrockConverse;

function refusal(status: number, shape: UpstreamRefusal['shape'], type: string | null): GatewayError {
  return new GatewayError('upstream_rejected', 'm', {
    refusal: { shape, status, message: 'm', type, code: null, param: null, rest: {} },
  });
}

function typeOf(error: GatewayError): string | undefined {
  return listen.errorHeaders?.(error)['x-amzn-errortype'];
}

test.each([
  [400, 'ValidationException'],
  [401, 'AccessDeniedException'],
  [403, 'AccessDeniedException'],
  [404, 'ResourceNotFoundException'],
  [408, 'ModelTimeoutException'],
  [413, 'ValidationException'],
  [422, 'ValidationException'],
  [424, 'ModelErrorException'],
  [429, 'ThrottlingException'],
  [500, 'InternalServerException'],
  [503, 'ServiceUnavailableException'],
  [504, 'ServiceUnavailableException'],
  [529, 'ServiceUnavailableException'],
])('a %i of another API is a %s', (status, type) => {
  expect(typeOf(refusal(status, 'anthropic-messages', 'whatever_error'))).toBe(type);
});

test.each<[ErrorCode, string]>([
  ['invalid_api_key', 'AccessDeniedException'],
  ['model_not_found', 'ResourceNotFoundException'],
  ['upstream_timeout', 'ServiceUnavailableException'],
  ['internal_error', 'InternalServerException'],
])('the gateway’s own %s is a %s', (code, type) => {
  const error = new GatewayError(code, 'words');
  expect([typeOf(error), listen.writeError(error)]).toEqual([type, { message: 'words' }]);
});

test.each([
  ['ServiceQuotaExceededException', 400],
  ['ModelNotReadyException', 429],
  ['ModelTimeoutException', 408],
])('the service’s own word %s is kept', (type, status) => {
  const headers = new Headers({ 'x-amzn-errortype': `${type}:http://internal/coral/` });
  const read = speak.readRefusal(status, { message: 'm', resourceName: 'r' }, headers);
  expect(read).toEqual({
    shape: 'bedrock-converse',
    status,
    message: 'm',
    type,
    code: null,
    param: null,
    rest: { resourceName: 'r' },
  });
  const error = new GatewayError('upstream_rejected', 'm', { refusal: read });
  expect([typeOf(error), listen.writeError(error)]).toEqual([type, { message: 'm', resourceName: 'r' }]);
});

test.each<[JsonObject, string | undefined]>([
  [{ message: 'a' }, 'a'],
  [{ Message: 'a' }, 'a'],
  [{ __type: 'com.amazon#ThrottlingException' }, 'ThrottlingException'],
  [{ __type: 'x#ValidationException', message: 'a' }, 'a'],
  [{ error: { message: 'a' } }, undefined],
  [{}, undefined],
])('%j says %p', (json, message) => {
  const read = speak.readRefusal(400, json);
  expect(read?.message).toBe(message as string);
  if (read === undefined || message === json.__type) return;
  const written = listen.writeError(new GatewayError('upstream_rejected', '', { refusal: read }));
  expect(written).toMatchObject(json as object);
});

describe('a refused credential is the gateway’s own fault, and its words stay here', () => {
  const canonical =
    "The request signature we calculated does not match the signature you provided. The Canonical String for this request should have been\n'POST\n/model\nx-amz-security-token:SECRET'";
  test.each([
    [{ message: canonical }, undefined],
    [{ message: 'x' }, 'InvalidSignatureException'],
    [{ message: 'x' }, 'ExpiredTokenException:http://x/'],
    [{ message: 'The security token included in the request is invalid.' }, undefined],
    [{ __type: 'com.amazon#UnrecognizedClientException', message: 'x' }, undefined],
  ])('%j %p', (json, type) => {
    const headers = new Headers(type === undefined ? {} : { 'x-amzn-errortype': type });
    expect(speak.readRefusal(403, json, headers)?.isAboutCredential).toBe(true);
  });

  test('a caller without access to a model is told so', () => {
    expect(
      speak.readRefusal(403, { message: "You don't have access to the model with the specified model ID." }),
    ).not.toHaveProperty('isAboutCredential');
  });
});

test.each([
  [refusal(429, 'openai-chat', 'x'), 'throttlingException'],
  [refusal(429, 'bedrock-converse', 'ModelNotReadyException'), 'throttlingException'],
  [refusal(424, 'bedrock-converse', 'ModelStreamErrorException'), 'modelStreamErrorException'],
  [refusal(408, 'none', null), 'modelStreamErrorException'],
  [refusal(400, 'gemini', null), 'validationException'],
  [refusal(403, 'none', null), 'validationException'],
  [new GatewayError('upstream_incomplete', 'm'), 'serviceUnavailableException'],
  [new GatewayError('internal_error', 'm'), 'internalServerException'],
])('in mid-stream %# it is an exception frame', (error, name) => {
  const writer = listen.createStreamWriter({ model: 'm', stream: true, wantsUsage: true }, new Losses());
  expect(writer.heartbeat).toBeUndefined();
  expect(saidIn(writer.fail(error))).toEqual([[name, { message: 'm' }]]);
});

test('a success that is none', () => {
  const json = { Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' };
  expect(speak.readFailure(json)).toMatchObject({ status: 502, type: 'UnknownOperationException' });
  expect(speak.readFailure({ output: {}, stopReason: 'end_turn' })).toBeUndefined();
});
