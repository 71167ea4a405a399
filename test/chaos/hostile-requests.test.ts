/** Fields and headers by which callers have turned other gateways around: all inert here. */
import { expect, test } from 'bun:test';
import { rootKey } from '../support/gateway.ts';
import type { ChaosStage } from './chaos-stage.ts';
import { eachChaosMode } from './fault-suite.ts';
import type { FaultCall } from './fault-upstream.ts';
import { chatBody, chatPath, raw } from './raw-request.ts';
import { completionText, content, replyOf } from './script.ts';

/** What the upstream was sent, head and body, by the latest call. */
let sent = { head: '', body: '' };
const recorded = ({ head, body, say }: FaultCall) => {
  sent = { head: head.toLowerCase(), body };
  return say(replyOf(completionText));
};

const addressFields = (stage: ChaosStage) => {
  const url = `http://127.0.0.1:${stage.stranger.port}/v1`;
  const one = {
    api_base: url,
    base_url: url,
    baseUrl: url,
    api_key: 'sk-theirs',
    custom_llm_provider: 'openai',
  };
  return [
    one,
    { metadata: one },
    { extra_body: one, litellm_params: one, provider: one, route: one },
    { user_config: { model_list: [{ model_name: 'x', litellm_params: one }] } },
    { proxy: url, organization: url, webhook: url, callback_url: url, success_callback: [url] },
    { fallbacks: [{ model: 'gpt-4o', ...one }], mock_response: 'x' },
    { extra_headers: { host: `127.0.0.1:${stage.stranger.port}`, authorization: 'Bearer sk-theirs' } },
  ];
};

eachChaosMode('a hostile request', { recorded }, (stage) => {
  const port = () => stage().gateway.port;
  const post = (headers: string[], body = chatBody('local/recorded'), target = chatPath) =>
    raw(port(), { method: 'POST', target, headers, body });

  // That the stranger was never called is looked for after every test.
  test('cannot send the call elsewhere by a field', async () => {
    for (const fields of addressFields(stage())) {
      const reply = await stage().chat('recorded', fields);
      expect(reply.status < 300 || (reply.status >= 400 && reply.status < 500)).toBe(true);
      if (reply.status === 200) expect(sent.head).toContain('authorization: bearer sk-upstream-canary');
    }
  });

  test('cannot send the call elsewhere by the query or a header', async () => {
    const url = `http://127.0.0.1:${stage().stranger.port}/v1`;
    const names = [
      'x-portkey-custom-host',
      'x-base-url',
      'x-api-base',
      'x-opengateway-base-url',
      'x-forwarded-host',
      'x-original-url',
    ];
    const reply = await post(
      names.map((name) => `${name}: ${url}`),
      undefined,
      `${chatPath}?api_base=${url}&base_url=${url}`,
    );
    expect(reply.status).toBe(200);
    expect(sent.head).not.toContain(String(stage().stranger.port));
  });

  test.each(['@', '#', '?', '/../', '\\', ':80@', '%2f..', '%00', '\\r\\nHost: x', '//', ' '])(
    'cannot splice %j into the upstream address by the model',
    async (splice) => {
      const evil = `127.0.0.1:${stage().stranger.port}`;
      for (const model of [
        `local/${splice}${evil}`,
        `${evil}${splice}local/recorded`,
        `local${splice}/${evil}`,
      ]) {
        const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] });
        const { status } = await post([], body);
        expect(status < 500).toBe(true);
      }
    },
  );

  test('keeps its hop-by-hop, proxy and credential headers from the upstream', async () => {
    const reply = await post([
      'Keep-Alive: timeout=9',
      'Proxy-Authorization: Basic canary-header',
      'Proxy-Connection: canary-header',
      'TE: trailers',
      'Upgrade: canary-header',
      'X-Forwarded-For: 10.11.12.13',
      'Forwarded: for=10.11.12.13',
      'X-Real-IP: 10.11.12.13',
      'Cookie: session=canary-header',
      'X-Anything: canary-header',
      'X-OpenGateway-Key-Id: canary-header',
      'Accept-Encoding: br, gzip',
    ]);
    expect(reply.status).toBe(200);
    for (const foreign of [
      'canary-header',
      '10.11.12.13',
      rootKey,
      'keep-alive: timeout',
      'trailers',
      'br, gzip',
    ])
      expect(sent.head).not.toContain(foreign);
    expect(sent.head).toContain('authorization: bearer sk-upstream-canary');
  });

  test('cannot choose what Connection names', async () => {
    const head = `POST ${chatPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rootKey}\r\nConnection: close, authorization, content-length, x-hop\r\nX-Hop: canary-header`;
    const body = chatBody('local/recorded');
    const reply = await raw(port(), `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(reply.status).toBe(200);
    expect(sent.head).not.toContain('canary-header');
    expect(sent.head).toContain('authorization: bearer sk-upstream-canary');
  });

  test('cannot forge its request id', async () => {
    const ids = new Set<string>();
    for (const forged of ['forged-1', 'forged-1', '../../x', 'x"y', 'a'.repeat(5_000)]) {
      const reply = await post([`x-request-id: ${forged}`, `request-id: ${forged}`]);
      expect(reply.status).toBe(200);
      const id = /^x-request-id: (.+)$/im.exec(reply.head)?.[1] ?? '';
      expect(id.trim()).not.toBe('');
      expect(id).not.toContain(forged);
      ids.add(id);
      expect(stage().gateway.stdout()).not.toContain(`"request_id":"${forged}`);
    }
    expect(ids.size).toBe(5);
  });

  test('finds prototype keys inert', async () => {
    const poison = '"__proto__":{"stream":true,"admin":true},"constructor":{"prototype":{"polluted":true}}';
    const reply = await post([], chatBody('local/recorded', `,${poison},"metadata":{${poison}}`));
    expect([200, 400]).toContain(reply.status);
    const next = await stage().chat('recorded');
    expect({ stream: next.isStream, content: next.content }).toEqual({ stream: false, content });
    expect(sent.body).not.toContain('polluted');
  });
});
