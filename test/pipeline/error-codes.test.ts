/** Every code of the error table that a call can meet, produced end to end, and the list of those it cannot. */
import { describe, expect, test } from 'bun:test';
import { type ErrorCode, errorTable } from '../../src/core/errors.ts';
import { defaultRootKey } from '../../src/identity/root-key.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import {
  chat,
  eventStream,
  type InProcessOptions,
  modes,
  reply,
  requestFor,
  rootKey,
  stageWith,
  upstreamKey,
} from './in-process.ts';

interface Case {
  readonly code: ErrorCode;
  readonly why: string;
  readonly request: () => Request;
  readonly answer?: FetchLike;
  readonly options?: Partial<InProcessOptions>;
}

const path = '/v1/chat/completions';
const good = () => requestFor(path, chat);
const streamed = () => requestFor(path, { ...chat, stream: true });
const body = (text: unknown) => () => requestFor(path, text);
const headers = (record: Record<string, string>) => () => requestFor(path, chat, { headers: record });
const bearer = `Bearer ${rootKey}`;
const answers =
  (text: string, init?: ResponseInit): FetchLike =>
  async () =>
    new Response(text, init);
const unfinished = 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n';
/** Answers nothing until it is given up. */
const silent: FetchLike = (_url, { signal }) =>
  new Promise((_, reject) =>
    signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))),
  );

const cases: readonly Case[] = [
  { code: 'invalid_json', why: 'no JSON', request: body('{"model":') },
  { code: 'invalid_json', why: 'no object', request: body('[1]') },
  { code: 'invalid_json', why: 'nothing', request: body('') },
  { code: 'invalid_json', why: 'no UTF-8', request: body(new Uint8Array([0x7b, 0xff, 0x7d])) },
  { code: 'invalid_type', why: 'a stream of "yes"', request: body({ ...chat, stream: 'yes' }) },
  { code: 'missing_required_parameter', why: 'no model', request: body({ messages: [] }) },
  { code: 'duplicate_key', why: 'two models', request: body('{"model":"a","model":"b","messages":[]}') },
  {
    code: 'duplicate_key',
    why: 'one escaped',
    request: body('{"model":"a","mod\\u0065l":"b","messages":[]}'),
  },
  { code: 'request_too_deep', why: '17 levels', request: body(`{"a":${'['.repeat(16)}${']'.repeat(16)}}`) },
  { code: 'request_too_large', why: 'too many bytes', request: body({ ...chat, x: 'x'.repeat(20_000) }) },
  {
    code: 'duplicate_credentials',
    why: 'two keys',
    request: headers({ authorization: bearer, 'x-api-key': 'sk-2' }),
  },
  { code: 'invalid_api_key', why: 'a wrong key', request: headers({ authorization: 'Bearer sk-wrong' }) },
  { code: 'invalid_api_key', why: 'no key', request: headers({}) },
  {
    code: 'root_key_local_only',
    why: 'the default from elsewhere',
    request: headers({ authorization: `Bearer ${defaultRootKey}` }),
    options: { rootKey: defaultRootKey, isLocal: false },
  },
  { code: 'model_not_found', why: 'an unknown model', request: body({ ...chat, model: 'nobody' }) },
  {
    code: 'provider_not_configured',
    why: 'a provider without key',
    request: body({ ...chat, model: 'gamma/x' }),
  },
  {
    code: 'price_unknown',
    why: 'a model without a price, where such are refused',
    request: good,
    options: { prices: { unknown: 'refuse', models: {} } },
  },
  {
    code: 'operation_not_supported',
    why: 'no completions',
    request: () => requestFor('/v1/completions', chat),
  },
  {
    code: 'upstream_rejected',
    why: 'status 429',
    request: good,
    answer: answers('{"error":{"message":"m"}}', { status: 429 }),
  },
  {
    code: 'upstream_rejected',
    why: 'status 500 in HTML',
    request: good,
    answer: answers('<html>', { status: 500 }),
  },
  {
    code: 'upstream_rejected',
    why: 'an error with status 200',
    request: good,
    answer: answers('{"error":{"message":"m"}}'),
  },
  { code: 'upstream_auth_failed', why: 'status 401', request: good, answer: answers('no', { status: 401 }) },
  {
    code: 'upstream_unreachable',
    why: 'no connection',
    request: good,
    answer: () => Promise.reject(new TypeError('refused')),
  },
  { code: 'upstream_timeout', why: 'no answer', request: good, answer: silent },
  { code: 'upstream_malformed', why: 'no JSON', request: good, answer: answers('<html>') },
  { code: 'upstream_malformed', why: 'no stream', request: streamed, answer: answers(JSON.stringify(reply)) },
  {
    code: 'upstream_malformed',
    why: 'no event',
    request: streamed,
    answer: async () => eventStream(': nothing\n\n'),
  },
  {
    code: 'upstream_incomplete',
    why: 'an end too soon',
    request: streamed,
    answer: async () => eventStream(unfinished),
  },
  {
    code: 'upstream_too_large',
    why: 'a large reply',
    request: good,
    answer: answers(`{"x":"${'x'.repeat(100_000)}"}`),
  },
  {
    code: 'upstream_too_large',
    why: 'a large event',
    request: streamed,
    answer: async () => eventStream(unfinished, 'data: '.padEnd(2000, 'x')),
    options: { maxEventBytes: 1000 },
  },
  {
    code: 'upstream_redirect',
    why: 'a redirect',
    request: good,
    answer: answers('', { status: 307, headers: { location: 'http://x' } }),
  },
  {
    code: 'internal_error',
    why: 'a fault of ours',
    request: streamed,
    options: {
      provider: {
        quirks: {
          get streamUsage(): never {
            throw new Error(`a fault with ${upstreamKey}`);
          },
        },
      },
    },
  },
];

/** Produced outside a call: by the server, the routes, or a client that is no longer there. */
const elsewhere: readonly ErrorCode[] = [
  // What counters refuse: test/ledger/counters.
  'rate_limit_exceeded',
  'budget_exceeded',
  'invalid_host',
  'not_found',
  'method_not_allowed',
  // What teams may not see of each other's, test/e2e/objects shows.
  'object_not_found',
  // Only forwarded routes take forms.
  'invalid_form',
  'client_closed_request',
  // What a virtual key is refused, test/http/keys-enforced.test.ts shows; the rest is administration.
  'key_expired',
  'key_disabled',
  'address_not_allowed',
  'endpoint_not_allowed',
  'model_not_allowed',
  'permission_denied',
  'invalid_value',
  'unknown_parameter',
  'conflict',
  'precondition_failed',
  'idempotency_key_reused',
  'storage_unavailable',
  // What a dialect cannot say, its own tests show.
  'unsupported_value',
  // Of WebSockets, whose tests run the executable.
  'invalid_handshake',
  'websocket_not_offered',
  'response_in_progress',
];

describe.each(modes)('%s', (mode) => {
  test.each(cases)('$code: $why', async ({ code, request, answer, options }) => {
    const transport = answer ?? (async () => Response.json(reply));
    const stage = stageWith({ mode, transport, ...options });
    const { response, text, record } = await stage.call(request());
    const midStream = response.status === 200;
    const written = midStream ? (text.split('data: ').at(-1) ?? '') : text;
    const { error } = JSON.parse(written) as { error: Record<string, unknown> };
    expect(record).toMatchObject({ error: code, level: errorTable[code].logLevel });
    expect(Object.keys(error)).toEqual(expect.arrayContaining(['message', 'type', 'param', 'code']));
    expect(record.status).toBe(midStream ? errorTable[code].status : response.status);
    if (code !== 'upstream_rejected') {
      expect(error).toMatchObject({ code, type: errorTable[code].openaiType });
      expect(record.status).toBe(errorTable[code].status);
    }
    expect(response.headers.get('x-request-id')).toBe(String(record.request_id));
    const told = text + JSON.stringify(response.headers.toJSON()) + (await stage.logText());
    for (const secret of [rootKey, upstreamKey, '/src/', '.ts:']) expect(told).not.toContain(secret);
    expect(stage.metrics.inFlight).toBe(0);
    expect(stage.wheel.size).toBe(0);
  });
});

test('no code of the table is forgotten', () => {
  const known = new Set([...cases.map(({ code }) => code), ...elsewhere]);
  expect([...known].sort()).toEqual((Object.keys(errorTable) as ErrorCode[]).sort());
});

test('a request that only reading it whole shows to be wrong leaves nothing under way', async () => {
  let asked = 0;
  const transport: FetchLike = async () => {
    asked++;
    return Response.json(reply);
  };
  const stage = stageWith({ mode: 'translated', transport });
  const { response, text } = await stage.call(requestFor(path, { ...chat, messages: ['hi'] }));
  expect(response.status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_type', param: 'messages[0]' } });
  expect(asked).toBe(0);
  expect(stage.wheel.size).toBe(0);
});
