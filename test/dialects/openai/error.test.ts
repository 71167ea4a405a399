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
