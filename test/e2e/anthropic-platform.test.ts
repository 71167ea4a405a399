/** Anthropic's batches, files and models through the gateway with its own SDK; and stored responses of OpenAI beside it. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';

interface Seen {
  readonly party: string;
  readonly method: string;
  readonly path: string;
  readonly version: string | null;
}

const seen: Seen[] = [];
const servers: Bun.Server<undefined>[] = [];
let gateway: RunningGateway;

/** Says who it is in everything it answers. */
function startParty(party: string): string {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      seen.push({
        party,
        method: request.method,
        path: pathname + search,
        version: request.headers.get('anthropic-version'),
      });
      const id = `${pathname.includes('responses') ? 'resp' : 'msgbatch'}_${party}0123456789`;
      if (request.method === 'DELETE') return new Response(null, { status: 204 });
      if (pathname.endsWith('/results'))
        return new Response('{"custom_id":"a"}\n', { headers: { 'content-type': 'application/x-jsonl' } });
      if (pathname === '/v1/models' || pathname === '/v1/files')
        return Response.json({
          data: [
            {
              type: 'model',
              id: `claude-${party}`,
              display_name: 'C',
              created_at: '2026-01-01T00:00:00Z',
              lifecycle: 'deprecated',
            },
          ],
          has_more: false,
          first_id: null,
          last_id: null,
        });
      if (pathname.endsWith('/responses') && request.method === 'POST' && search === '') {
        const { stream } = (await request.json()) as { stream?: boolean };
        const response = {
          id,
          object: 'response',
          created_at: 1,
          status: 'completed',
          model: 'm',
          output: [],
          usage: null,
          error: null,
        };
        if (stream !== true) return Response.json(response);
        const events = ['created', 'completed'].map((what, at) => {
          const type = `response.${what}`;
          return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: at, response })}\n\n`;
        });
        return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } });
      }
      return Response.json({
        id,
        output: [],
        type: 'message_batch',
        object: 'response',
        party,
        processing_status: 'ended',
        results_url: null,
      });
    },
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}/v1`;
}

beforeAll(async () => {
  gateway = await startGateway({
    env: {
      ANTHROPIC_API_KEY: 'sk-ant-canary',
      ANTHROPIC_BASE_URL: startParty('claude'),
      OPENAI_API_KEY: 'sk-canary',
      OPENAI_BASE_URL: startParty('first'),
    },
    config: {
      providers: {
        second: { baseUrl: startParty('second'), dialects: ['openai-responses', 'openai-platform'] },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  for (const server of servers) await server.stop(true);
});

const last = () => seen.at(-1);
const anthropic = (path = '') =>
  new Anthropic({ baseURL: gateway.url + path, apiKey: rootKey, maxRetries: 0 });

test.each(['', '/anthropic'])('batches below %p', async (mount) => {
  const { batches } = anthropic(mount).messages;
  const params = { model: 'claude-x', max_tokens: 5, messages: [{ role: 'user' as const, content: 'hi' }] };
  const made = await batches.create({ requests: [{ custom_id: 'a', params }] });
  expect(last()).toMatchObject({ party: 'claude', method: 'POST', path: '/v1/messages/batches' });
  expect(last()?.version).toMatch(/^\d{4}-\d\d-\d\d$/);
  await batches.retrieve(made.id);
  expect(last()?.path).toBe(`/v1/messages/batches/${made.id}`);
  await batches.cancel(made.id);
  expect(last()).toMatchObject({ method: 'POST', path: `/v1/messages/batches/${made.id}/cancel` });
  await batches.list({ limit: 3 });
  expect(last()?.path).toBe('/v1/messages/batches?limit=3');
});

test('files of a client of Anthropic go to Anthropic, those of OpenAI’s to OpenAI', async () => {
  const headers = { authorization: `Bearer ${rootKey}` };
  await fetch(`${gateway.url}/v1/files`, { headers: { ...headers, 'anthropic-version': '2023-06-01' } });
  expect(last()).toMatchObject({ party: 'claude', path: '/v1/files' });
  await fetch(`${gateway.url}/v1/files`, { headers });
  expect(last()).toMatchObject({ party: 'first', path: '/v1/files' });
});

test('a reply without a body stays without one', async () => {
  const response = await fetch(`${gateway.url}/anthropic/v1/files/file_0123456789`, {
    method: 'DELETE',
    headers: { 'x-api-key': rootKey, 'anthropic-version': '2023-06-01' },
  });
  expect([response.status, await response.text()]).toEqual([204, '']);
});

test('models are listed as Anthropic lists them', async () => {
  const page = await anthropic().models.list();
  expect(page.data).toContainEqual({
    type: 'model',
    id: 'claude-claude',
    display_name: 'C',
    created_at: '2026-01-01T00:00:00Z',
    lifecycle: 'deprecated',
  } as never);
});

test('a stored response is asked for again where it was made, streamed or not', async () => {
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: rootKey, maxRetries: 0 });
  for (const stream of [false, true]) {
    const made = await openai.responses.create({
      model: 'second/m',
      input: 'hi',
      stream,
    } as OpenAI.Responses.ResponseCreateParamsNonStreaming);
    if (stream) for await (const _ of made as unknown as AsyncIterable<unknown>);
    await eventually(() => gateway.logLines().at(-1)?.provider === 'second', 'the end of the call');
    await openai.responses.retrieve('resp_second0123456789');
    expect(last()).toMatchObject({ party: 'second', path: '/v1/responses/resp_second0123456789' });
    await openai.responses.cancel('resp_second0123456789');
    expect(last()).toMatchObject({ party: 'second', path: '/v1/responses/resp_second0123456789/cancel' });
    await openai.responses.inputItems.list('resp_second0123456789');
    expect(last()?.path).toBe('/v1/responses/resp_second0123456789/input_items');
  }
  // One nobody here made: asked of the first provider that has the surface.
  await openai.responses.retrieve('resp_unknown0123456789');
  expect(last()?.party).toBe('first');
});
