/** The plain request one `response.create` stands for. */
import { describe, expect, test } from 'bun:test';
import { connectionHeaders, requestFor } from '../../../src/pipeline/websocket/response-request.ts';

const handshake = new Headers({
  authorization: 'Bearer sk-client',
  'x-api-key': 'sk-client',
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'k',
  'sec-websocket-version': '13',
  'sec-websocket-protocol': 'openai-insecure-api-key.sk-client',
  'idempotency-key': 'once',
  'openai-beta': 'responses_websockets=2026-02-06, other=v1',
  'openai-organization': 'org-1',
  'x-forwarded-for': '10.0.0.1',
});
const connection = (credential?: string) => ({
  url: 'http://g/v1/responses',
  headers: connectionHeaders(handshake, credential),
});
const signal = new AbortController().signal;

test('the caller’s headers but for those of the handshake, with one credential', () => {
  const { headers } = requestFor(connection('sk-client'), { model: 'm' }, signal);
  expect(headers.toJSON()).toEqual({
    authorization: 'Bearer sk-client',
    'content-type': 'application/json',
    'content-length': '13',
    'openai-beta': 'other=v1',
    'openai-organization': 'org-1',
    'x-forwarded-for': '10.0.0.1',
  });
});

test('no credential where there was none', () => {
  expect(requestFor(connection(), {}, signal).headers.has('authorization')).toBe(false);
});

test('the length is that of the bytes', async () => {
  const request = requestFor(connection(), { input: 'é漢😀' }, signal);
  expect(request.headers.get('content-length')).toBe(String(Buffer.byteLength('{"input":"é漢😀"}')));
  expect(await request.json()).toEqual({ input: 'é漢😀' });
});

describe('headers said in the metadata', () => {
  test.each([
    [
      'ws_request_header_x_openai_internal_codex_responses_lite',
      'true',
      'x-openai-internal-codex-responses-lite',
    ],
    ['ws_request_header_x_codex_a', 'b', 'x-codex-a'],
  ])('%s is set', (key, value, name) => {
    expect(requestFor(connection(), { client_metadata: { [key]: value } }, signal).headers.get(name)).toBe(
      value,
    );
  });

  test.each([
    ['ws_request_header_authorization', 'Bearer x'],
    ['ws_request_header_x_api_key', 'x'],
    ['ws_request_header_x_forwarded_for', '127.0.0.1'],
    ['ws_request_header_content_length', '1'],
    ['ws_request_header_x_openai_a', 'two\r\nlines: x'],
    ['ws_request_header_x_openai_a', 'é'],
    ['x_openai_a', 'x'],
  ])('%s: %j is not', (key, value) => {
    const plain = requestFor(connection('sk'), {}, signal).headers;
    const { headers } = requestFor(connection('sk'), { client_metadata: { [key]: value } }, signal);
    expect([...headers.keys()]).toEqual([...plain.keys()]);
    expect(headers.get('authorization')).toBe('Bearer sk');
  });
});
