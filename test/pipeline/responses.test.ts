/** Calls of Responses clients and to Responses providers, end to end inside the process. */
import { describe, expect, test } from 'bun:test';
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts';
import { eventsOf } from '../../src/dialects/sse-decoder.ts';
import type { FetchLike } from '../../src/upstream/fetch-transport.ts';
import { chat, eventStream, modes, reply, requestFor, stageWith } from './in-process.ts';

const path = '/v1/responses';
const endpoints = [{ path, dialect: openaiResponses }];
const ask = { model: 'p/m', input: 'hi' };
const event = (type: string, more: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'm-2026',
  error: null,
  output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] }],
  usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
};
const begun = event('response.created', { response: { id: 'resp_1', output: [] }, sequence_number: 0 });
const delta = event('response.output_text.delta', { delta: 'Hel', sequence_number: 1 });
const completed = event('response.completed', { response, sequence_number: 2 });
const failed = event('response.failed', {
  response: {
    id: 'resp_1',
    status: 'failed',
    output: [],
    error: { code: 'server_error', message: 'oops' },
  },
  sequence_number: 2,
});

/** A provider that says this, whatever it is asked. */
function playing(
  body: string | object,
  speaks = openaiResponses.name as string,
  mode?: (typeof modes)[number],
) {
  const sent: { url: string; json: Record<string, unknown> }[] = [];
  const transport: FetchLike = async (url, init) => {
    sent.push({ url: String(url), json: JSON.parse(String(init.body)) });
    return typeof body === 'string' ? eventStream(body) : Response.json(body);
  };
  const provider = { dialects: new Set([speaks as 'openai-chat']) };
  return { sent, stage: stageWith({ transport, endpoints, provider, ...(mode !== undefined && { mode }) }) };
}

describe.each(modes)('%s', (mode) => {
  test('a whole response comes as it was sent', async () => {
    const { stage, sent } = playing(response, 'openai-responses', mode);
    const { text, record } = await stage.call(requestFor(path, ask));
    expect(JSON.parse(text)).toEqual(response);
    expect(sent[0]?.url).toEndWith('/responses');
    expect(record).toMatchObject({ status: 200, finish: 'stop', input_tokens: 3, output_tokens: 4 });
  });

  test('a stream comes as it was sent, and nothing is asked of it', async () => {
    const { stage, sent } = playing(begun + delta + completed, 'openai-responses', mode);
    const { text, record } = await stage.call(requestFor(path, { ...ask, stream: true }));
    expect(text).toBe(begun + delta + completed);
    expect(sent[0]?.json).toEqual({ model: 'm', input: 'hi', stream: true });
    expect(record).toMatchObject({ status: 200, finish: 'stop', input_tokens: 3, output_tokens: 4 });
  });

  test('a stream that fails says so once', async () => {
    const { stage } = playing(begun + delta + failed, 'openai-responses', mode);
    const { text, record } = await stage.call(requestFor(path, { ...ask, stream: true }));
    const events = (wire: string) =>
      eventsOf(wire).map(({ name, data }) => ({ name, data: JSON.parse(data) }));
    expect(events(text)).toEqual(events(begun + delta + failed));
    expect(record).toMatchObject({ status: 502 });
  });

  test('a response that failed is a response', async () => {
    const body = { ...response, status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow' } };
    const { stage } = playing(body, 'openai-responses', mode);
    const { response: head, text } = await stage.call(requestFor(path, ask));
    expect({ status: head.status, body: JSON.parse(text) }).toEqual({ status: 200, body });
  });

  test('a stream that begins with its failure is an error with a status', async () => {
    const { stage } = playing(
      event('error', { code: 'rate_limit_exceeded', message: 'slow', param: null }),
      'openai-responses',
      mode,
    );
    const { response: head, text } = await stage.call(requestFor(path, { ...ask, stream: true }));
    expect(head.status).toBe(429);
    expect(JSON.parse(text).error).toMatchObject({ code: 'rate_limit_exceeded', message: 'slow' });
  });

  test('a stream that is cut off ends in an error', async () => {
    const { stage } = playing(begun + delta, 'openai-responses', mode);
    const { text } = await stage.call(requestFor(path, { ...ask, stream: true }));
    const last = eventsOf(text).at(-1);
    expect(['error', 'response.failed']).toContain(last?.name ?? '');
    expect(text).toStartWith(begun + delta);
  });
});

describe('a Responses client of a Chat provider', () => {
  const chunk = (more: object) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', model: 'm-2026', ...more })}\n\n`;
  const chunks =
    chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }) +
    chunk({ choices: [{ index: 0, delta: { content: 'Hello' } }] }) +
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
    chunk({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } }) +
    'data: [DONE]\n\n';

  test('gets a whole response', async () => {
    const { stage, sent } = playing(reply, 'openai-chat');
    const { text, record } = await stage.call(requestFor(path, { ...ask, instructions: 'be', store: false }));
    expect(JSON.parse(text)).toMatchObject({
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'm-2026',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello é漢😀' }] }],
      usage: { input_tokens: 3, output_tokens: 4 },
    });
    expect(sent[0]?.url).toEndWith('/chat/completions');
    expect(record).toMatchObject({ status: 200, finish: 'stop' });
  });

  test('gets a stream that ends in a completed response with its usage', async () => {
    const { stage } = playing(chunks, 'openai-chat');
    const { text, response: head } = await stage.call(requestFor(path, { ...ask, stream: true }));
    expect(head.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = eventsOf(text).map(({ data }) => JSON.parse(data));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: {
        output: [{ content: [{ text: 'Hello' }] }],
        usage: { input_tokens: 3, output_tokens: 4 },
      },
    });
    expect(text).not.toContain('[DONE]');
  });

  test('that leans on a stored response is refused by name, before anything is sent', async () => {
    const { stage, sent } = playing(reply, 'openai-chat');
    const { response: head, text } = await stage.call(
      requestFor(path, { ...ask, previous_response_id: 'r' }),
    );
    expect(head.status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({
      code: 'unsupported_value',
      param: 'previous_response_id',
    });
    expect(sent).toEqual([]);
  });
});

describe('a Chat client of a Responses provider', () => {
  test('has its conversation written as items, and what it lost named', async () => {
    const { stage, sent } = playing(response);
    const { response: head } = await stage.call(
      requestFor('/v1/chat/completions', { ...chat, seed: 1, max_tokens: 5 }),
    );
    expect(sent[0]).toMatchObject({
      url: expect.stringMatching(/\/responses$/),
      json: { model: 'm', store: false, input: [{ role: 'user', content: 'hi' }], max_output_tokens: 16 },
    });
    expect(head.status).toBe(200);
    expect(head.headers.get('x-opengateway-warnings')).toContain('seed');
  });

  test('is told of a response that failed by its status', async () => {
    const body = { ...response, status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow' } };
    const { response: head, text } = await playing(body).stage.call(requestFor('/v1/chat/completions', chat));
    expect(head.status).toBe(429);
    expect(JSON.parse(text).error.message).toBe('slow');
  });
});
