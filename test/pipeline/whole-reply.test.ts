/** A call answered whole, end to end inside the process: what goes up, what comes back, what is recorded. */
import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/core/json.ts';
import { chat, modes, reply, requestFor, rootKey, stageWith, upstreamKey } from './in-process.ts';

describe.each(modes)('%s', (mode) => {
  const sent: { url: string; init: BunFetchRequestInit }[] = [];
  const headers = {
    'content-type': 'application/json',
    'x-request-id': 'up_1',
    'retry-after': '3',
    'x-ratelimit-remaining-requests': '59',
    'set-cookie': 'a=b',
    server: 'them',
    'x-internal': 'them',
  };
  const stage = stageWith({
    mode,
    transport: async (url, init) => {
      sent.push({ url, init });
      return new Response(JSON.stringify(reply), { headers });
    },
    provider: { forwardHeaders: ['openai-beta'] },
  });
  const path = '/v1/chat/completions';

  test('the reply says what the upstream said', async () => {
    const { response, text } = await stage.call(requestFor(path, chat));
    expect(response.status).toBe(200);
    expect(JSON.parse(text)).toEqual(reply);
    if (mode === 'passthrough') expect(text).toBe(JSON.stringify(reply));
  });

  test('the upstream gets the request under its own model name and with its own credential', async () => {
    const odd = { ...chat, x_vendor: { a: 1 }, temperature: 0.1, stream: false };
    await stage.call(requestFor(path, odd));
    const { url, init } = sent.at(-1) ?? { url: '', init: {} };
    expect(url).toBe('http://p.invalid/v1/chat/completions');
    expect(JSON.parse(String(init.body))).toEqual({ ...odd, model: 'm' });
    expect(init.headers).toEqual({ authorization: `Bearer ${upstreamKey}` });
    expect(init.redirect).toBe('manual');
  });

  test('nothing of the caller’s headers goes up but what the provider is known to want', async () => {
    const own = {
      authorization: `Bearer ${rootKey}`,
      cookie: 'a=b',
      'x-api-key': rootKey,
      'openai-beta': 'x=1',
    };
    await stage.call(requestFor(path, chat, { headers: { ...own, connection: 'openai-beta' } }));
    expect(sent.at(-1)?.init.headers).toEqual({
      authorization: `Bearer ${upstreamKey}`,
      'openai-beta': 'x=1',
    });
    expect(JSON.stringify(sent)).not.toContain(rootKey);
  });

  test('headers: the gateway’s own, and those of the upstream’s that clients act on', async () => {
    const { response } = await stage.call(requestFor(path, { ...chat, model: 'fast' }));
    expect(response.headers.toJSON()).toEqual({
      'content-type': 'application/json',
      'x-request-id': expect.stringMatching(/^req_/) as unknown as string,
      'x-upstream-request-id': 'up_1',
      'retry-after': '3',
      'x-ratelimit-remaining-requests': '59',
      'x-opengateway-provider': 'p',
      'x-opengateway-model': 'm',
      'x-opengateway-attempts': '1',
      'x-opengateway-mode': mode,
      'x-opengateway-overhead-ms': expect.stringMatching(/^\d+\.\d{3}$/) as unknown as string,
    });
  });

  test('the call is recorded', async () => {
    const { record, response } = await stage.call(requestFor(path, { ...chat, model: 'fast' }));
    expect(record).toMatchObject({
      event: 'call',
      level: 'info',
      request_id: response.headers.get('x-request-id'),
      endpoint: path,
      key_id: 'root',
      requested_model: 'fast',
      provider: 'p',
      model: 'm',
      mode,
      stream: false,
      status: 200,
      attempts: 1,
      finish: 'stop',
      input_tokens: 3,
      output_tokens: 4,
      upstream_request_id: 'up_1',
    } as JsonObject);
    expect(stage.metrics.inFlight).toBe(0);
    expect(stage.wheel.size).toBe(0);
  });

  test('nothing secret is logged', async () => {
    const log = await stage.logText();
    for (const secret of [rootKey, upstreamKey]) expect(log).not.toContain(secret);
  });
});

test('in passing through, the body keeps its bytes but for the model', async () => {
  let sent = '';
  const stage = stageWith({
    transport: async (_url, init) => {
      sent = String(init.body);
      return Response.json(reply);
    },
  });
  const body =
    '{ "messages":[{"role":"user","content":"\\u00e9 \\"model\\":\\"p/m\\""}],\n  "n":1.0, "model" : "p/m" , "z":12345678901234567890}';
  await stage.call(requestFor('/v1/chat/completions', body));
  expect(sent).toBe(body.replace('"model" : "p/m"', '"model" : "m"'));
});
