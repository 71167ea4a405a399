/** A chat client in front of a Converse upstream: binary frames in, server-sent events out, failures honest. */
import { describe, expect, test } from 'bun:test';
import { bedrockConverse } from '../../src/dialects/bedrock-converse/index.ts';
import { type Said, streamOf } from '../support/event-frames.ts';
import { chat, requestFor, stageWith } from './in-process.ts';

const start: Said = ['messageStart', { role: 'assistant' }];
const delta: Said = ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello 🌍' } }];
const stop: Said = ['contentBlockStop', { contentBlockIndex: 0 }];
const end: Said = ['messageStop', { stopReason: 'end_turn' }];
const metadata: Said = [
  'metadata',
  {
    usage: { inputTokens: 3, outputTokens: 4, totalTokens: 17, cacheReadInputTokens: 10 },
    metrics: { latencyMs: 1 },
  },
];

function stage(reply: () => Response, seen: { url?: string; body?: unknown } = {}) {
  return stageWith({
    transport: async (url, init) => {
      seen.url = url;
      seen.body = JSON.parse(String(init.body));
      return reply();
    },
    provider: { dialects: new Set(['bedrock-converse']), quirks: { streamUsage: false } },
  });
}

function streamed(said: readonly Said[]): Response {
  return new Response(streamOf(said), { headers: { 'content-type': bedrockConverse.speak.streamType } });
}

const streamCall = () => requestFor('/v1/chat/completions', { ...chat, stream: true });

test('a stream arrives as chunks, its usage in the record', async () => {
  const seen: { url?: string; body?: unknown } = {};
  const { text, response, record } = await stage(
    () => streamed([start, delta, stop, end, metadata]),
    seen,
  ).call(streamCall());
  expect(seen.url).toEndWith('/model/m/converse-stream');
  expect(seen.body).toEqual({ messages: [{ role: 'user', content: [{ text: 'hi' }] }] });
  expect(response.headers.get('x-opengateway-mode')).toBe('translated');
  expect(text).toEndWith('data: [DONE]\n\n');
  expect(record).toMatchObject({ status: 200, input_tokens: 13, output_tokens: 4 });
});

describe('failures', () => {
  test('an exception as the first event is an honest status', async () => {
    const { response, text } = await stage(() =>
      streamed([['throttlingException', { message: 'slow' }]]),
    ).call(streamCall());
    expect([response.status, JSON.parse(text).error.message]).toEqual([429, 'slow']);
  });

  test('an exception in mid-stream ends the stream without pretending success', async () => {
    const { text } = await stage(() =>
      streamed([start, delta, ['modelStreamErrorException', { message: 'broke' }]]),
    ).call(streamCall());
    expect(text).toContain('"message":"broke"');
    expect(text).not.toContain('[DONE]');
  });

  test('a malformed tool call is an error, whole or streamed', async () => {
    const bad: Said = ['messageStop', { stopReason: 'malformed_tool_use' }];
    const stream = await stage(() => streamed([start, delta, stop, bad])).call(streamCall());
    expect(stream.text).toContain('malformed_tool_use');
    expect(stream.text).not.toContain('[DONE]');
    const whole = {
      output: { message: { role: 'assistant', content: [] } },
      stopReason: 'malformed_tool_use',
    };
    const { response } = await stage(() => Response.json(whole)).call(
      requestFor('/v1/chat/completions', chat),
    );
    expect(response.status).toBe(502);
  });

  test('a stream cut within a frame is incomplete', async () => {
    const bytes = streamOf([start, delta]);
    const headers = { 'content-type': bedrockConverse.speak.streamType };
    const { text } = await stage(() => new Response(bytes.subarray(0, bytes.length - 5), { headers })).call(
      streamCall(),
    );
    expect(text).toContain('upstream_incomplete');
  });

  test('what the service refuses keeps its words and status', async () => {
    const refused = Response.json(
      { message: 'no such model' },
      { status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException:http://x' } },
    );
    const { response, text } = await stage(() => refused).call(requestFor('/v1/chat/completions', chat));
    expect([response.status, JSON.parse(text).error.message]).toEqual([404, 'no such model']);
  });

  test('a refused credential is the gateway’s own fault', async () => {
    const refused = Response.json(
      { message: 'x' },
      { status: 403, headers: { 'x-amzn-errortype': 'ExpiredTokenException' } },
    );
    const { response, record } = await stage(() => refused).call(requestFor('/v1/chat/completions', chat));
    expect(response.status).toBe(502);
    expect(record).toMatchObject({ error: 'upstream_auth_failed' });
  });
});
