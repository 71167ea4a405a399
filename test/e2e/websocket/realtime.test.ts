/** Realtime sessions through the executable: the handshake, messages both ways, endings, and what is recorded. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import { rootKey } from '../../support/gateway.ts';
import { exchange, openConnection } from '../../support/raw-connection.ts';
import { handshake } from '../../support/raw-websocket.ts';
import { type SocketStage, startSocketStage, upstreamKey } from '../../support/socket-stage.ts';

setDefaultTimeout(30_000);
let stage: SocketStage;
beforeAll(async () => {
  stage = await startSocketStage();
});
afterAll(async () => {
  await stage.stop();
});

const realtime = (model: string, more = '') => `/v1/realtime?model=${model}${more}`;
const bearer = { Authorization: `Bearer ${rootKey}`, Host: '127.0.0.1', Connection: 'Upgrade, close' };
/** The answer to a handshake that is refused. */
async function refusal(path: string, lines: Readonly<Record<string, string>> = bearer) {
  const reply = await exchange(stage.gateway.port, handshake(path, { ...bearer, ...lines }));
  return {
    ...reply,
    error: JSON.parse(reply.body || '{}').error as { code: string; message: string; param: string },
  };
}

describe('who asks', () => {
  const headers = (name: string, value: string) => ({ headers: { [name]: value } });
  test.each([
    ['a bearer token', realtime('gpt-echo'), headers('authorization', `Bearer ${rootKey}`)],
    ['x-api-key', realtime('gpt-echo'), headers('x-api-key', rootKey)],
    ['api-key', realtime('gpt-echo'), headers('api-key', rootKey)],
    ['x-goog-api-key', realtime('gpt-echo'), headers('x-goog-api-key', rootKey)],
    ['the query', realtime('gpt-echo', `&key=${rootKey}`), {}],
    [
      'a subprotocol',
      realtime('gpt-echo'),
      { protocols: ['realtime', `openai-insecure-api-key.${rootKey}`] },
    ],
    [
      'a subprotocol, first',
      realtime('gpt-echo'),
      { protocols: [`openai-insecure-api-key.${rootKey}`, 'realtime'] },
    ],
  ])('by %s', async (_, path, options) => {
    const client = await stage.open(path, options);
    expect(client.socket.protocol).toBe('protocols' in options ? 'realtime' : '');
    client.socket.send('hi');
    expect(await client.message(0)).toBe('hi');
    await client.close();
    const call = stage.upstream.last('gpt-echo');
    expect(JSON.stringify(call)).not.toContain(rootKey);
    expect(call?.headers.authorization).toBe(`Bearer ${upstreamKey}`);
    expect(call?.path).toBe('/v1/realtime?model=gpt-echo');
  });

  test.each([
    ['no key', { Authorization: '' }, 'invalid_api_key', 401],
    ['a wrong key', { Authorization: 'Bearer sk-wrong' }, 'invalid_api_key', 401],
    ['two keys', { 'x-api-key': 'sk-other' }, 'duplicate_credentials', 400],
    [
      'a wrong key among the subprotocols',
      { Authorization: '', 'Sec-WebSocket-Protocol': 'realtime, openai-insecure-api-key.sk-wrong' },
      'invalid_api_key',
      401,
    ],
    [
      'another key among the subprotocols',
      { 'Sec-WebSocket-Protocol': 'openai-insecure-api-key.sk-b' },
      'duplicate_credentials',
      400,
    ],
    ['a bad Host', { Host: 'a/b' }, 'invalid_host', 400],
  ])('%s is refused before anything is asked of the upstream', async (_, lines, code, status) => {
    const before = stage.upstream.calls.length;
    const { status: told, error, head } = await refusal(realtime('gpt-echo'), lines);
    expect([told, error.code]).toEqual([status, code]);
    expect(head.toLowerCase()).toContain('x-request-id: req_');
    expect(stage.upstream.calls.length).toBe(before);
  });
});

describe('where it goes', () => {
  test.each([
    [realtime('openai/gpt-echo'), '/v1/realtime?model=gpt-echo'],
    [realtime('voice'), '/v1/realtime?model=gpt-echo'],
    ['/v1/realtime?a=1&model=gpt-echo&b=%20x&a=2', '/v1/realtime?a=1&model=gpt-echo&b=+x&a=2'],
    ['/v1/realtime?call_id=rtc_1', '/v1/realtime?call_id=rtc_1'],
    ['/v1/realtime?intent=transcription', '/v1/realtime?intent=transcription'],
    ['/v1/realtime/translations?model=gpt-echo', '/v1/realtime/translations?model=gpt-echo'],
  ])('%s', async (path, reached) => {
    // A session without a model goes to the first provider that has the surface.
    const client = await stage.open(path);
    expect(stage.upstream.calls.at(-1)?.path).toBe(reached);
    await client.close();
  });

  test('headers the provider takes go along, also said as a browser says them; the rest does not', async () => {
    const client = await stage.open(realtime('gpt-echo'), {
      headers: {
        authorization: `Bearer ${rootKey}`,
        'openai-organization': 'org-1',
        cookie: 'c=1',
        origin: 'http://x',
      },
      protocols: ['realtime', 'openai-beta.realtime-v1', 'openai-project.proj_1'],
    });
    await client.close();
    const headers = stage.upstream.last('gpt-echo')?.headers;
    expect(headers).toMatchObject({
      'openai-organization': 'org-1',
      'openai-project': 'proj_1',
      'openai-beta': 'realtime=v1',
    });
    for (const name of ['cookie', 'origin', 'content-type', 'accept', 'sec-websocket-protocol'])
      expect(headers).not.toHaveProperty(name);
  });

  test('a browser that offers only credentials gets none of them back', async () => {
    const connection = await openConnection(stage.gateway.port);
    const offer = { 'Sec-WebSocket-Protocol': `openai-insecure-api-key.${rootKey}` };
    connection.send(handshake(realtime('gpt-echo'), { ...bearer, Connection: 'Upgrade', ...offer }));
    const heard = await connection.heardUntil((text) => text.includes('\r\n\r\n'));
    connection.hangUp();
    expect(heard).toStartWith('HTTP/1.1 101');
    expect(heard).not.toContain(rootKey);
    expect(heard).toMatch(/x-opengateway-provider: openai/i);
  });

  test.each([
    ['/v1/realtime', 400, 'missing_required_parameter'],
    ['/v1/realtime?model=', 400, 'missing_required_parameter'],
    ['/v1/realtime?model=gpt-a&model=gpt-b', 400, 'duplicate_key'],
    [realtime('no-such-model'), 404, 'model_not_found'],
    [realtime('plain/x'), 404, 'operation_not_supported'],
    [realtime('nobody/x'), 502, 'upstream_unreachable'],
    [realtime('gpt-refuse-401'), 502, 'upstream_auth_failed'],
    [realtime('gpt-refuse-404'), 404, 'upstream_rejected'],
    [realtime('gpt-refuse-429'), 429, 'upstream_rejected'],
    [realtime('gpt-refuse-503'), 503, 'upstream_rejected'],
    [realtime('gpt-refuse-307'), 502, 'upstream_redirect'],
    [realtime('gpt-refuse-200'), 502, 'upstream_malformed'],
    [realtime('gpt-stall'), 504, 'upstream_timeout'],
  ])('%s is refused with %d %s', async (path, status, code) => {
    const { status: told, error } = await refusal(path);
    expect([told, error.code]).toEqual([status, code]);
    expect(JSON.stringify(error)).not.toContain(upstreamKey);
    await eventually(
      () => stage.gateway.logLines().findLast((line) => line.error === code && line.status === status),
      'its record',
    );
  });

  test.each([
    ['/v1/chat/completions', 426, 'websocket_not_offered'],
    ['/v1/files/file-1', 426, 'websocket_not_offered'],
    ['/v1/embeddings', 426, 'websocket_not_offered'],
    ['/v1/models/gpt-x', 426, 'websocket_not_offered'],
    ['/no/such/path', 404, 'not_found'],
    ['/v1/realtime/%2e%2e/files', 426, 'websocket_not_offered'],
  ])('a handshake at %s: %d', async (path, status, code) => {
    const { status: told, error } = await refusal(path);
    expect([told, error.code]).toEqual([status, code]);
  });

  test.each([
    ['a short key', { 'Sec-WebSocket-Key': 'abc' }, 400],
    ['no key', { 'Sec-WebSocket-Key': '' }, 400],
    ['another version', { 'Sec-WebSocket-Version': '8' }, 426],
  ])('a handshake with %s', async (_, lines, status) => {
    const { status: told } = await refusal(realtime('gpt-echo'), lines);
    expect(told).toBe(status);
    await eventually(() => stage.upstream.last('gpt-echo')?.ended, 'the upstream being let go');
  });
});

describe('messages', () => {
  test('text and binary go both ways untouched', async () => {
    const client = await stage.open(realtime('gpt-echo'));
    const texts = ['', 'plain', 'é漢😀', '{"a": 1.0,  "b":1e400}', 'x'.repeat(300_000)];
    const bytes = [new Uint8Array(0), new Uint8Array([0, 255, 128]), new Uint8Array(200_000).fill(7)];
    for (const text of texts) client.socket.send(text);
    for (const binary of bytes) client.socket.send(binary);
    await client.message(texts.length + bytes.length - 1);
    expect(client.heard.slice(0, texts.length)).toEqual(texts);
    expect(client.heard.slice(texts.length).map((binary) => Bun.hash(binary))).toEqual(
      bytes.map((binary) => Bun.hash(binary)),
    );
    await client.close();
  });

  test('what the upstream says before the client is answered comes first, in order', async () => {
    for (let round = 0; round < 20; round++) {
      const client = await stage.open(realtime('gpt-greet'));
      await client.message(2);
      expect(client.heard).toEqual(['{"greeting":1}', '{"greeting":2}', '{"greeting":3}']);
      await client.close();
    }
  });

  test('the gateway’s credential is taken out of what the upstream says', async () => {
    const client = await stage.open(realtime('gpt-key'));
    client.socket.send('x');
    expect(await client.message(0)).toBe('{"type":"error","error":{"message":"bad Bearer [redacted]"}}');
    await client.close();
  });

  test('a silent session stays open, with pings', async () => {
    const client = await stage.open(realtime('gpt-echo'));
    let pings = 0;
    client.socket.addEventListener('ping', () => {
      pings += 1;
    });
    await Bun.sleep(2500);
    expect(client.ended()).toBeUndefined();
    expect(pings).toBeGreaterThan(5);
    client.socket.send('still here');
    expect(await client.message(0)).toBe('still here');
    await client.close();
  });

  test('one too large from the client closes with 1009, and both sides are let go', async () => {
    const client = await stage.open(realtime('gpt-count'));
    client.socket.send('x'.repeat((4 << 20) + 1));
    await eventually(() => client.ended(), 'the close');
    expect(client.ended()?.code).toBe(1009);
    await eventually(() => stage.upstream.last('gpt-count')?.ended, 'the upstream being let go');
  });

  test('one too large from the upstream closes with 1009', async () => {
    const client = await stage.open(realtime('gpt-large'));
    client.socket.send(String((1 << 20) + 1));
    await eventually(() => client.ended(), 'the close');
    expect(client.ended()?.code).toBe(1009);
    expect(client.ended()?.reason).toContain('more than 1048576 bytes');
    expect((await stage.record('gpt-large')).error).toBe('upstream_too_large');
  });
});

describe('endings', () => {
  test.each([
    [1000, undefined],
    [1001, undefined],
    [4321, undefined],
    [1008, 'upstream_incomplete'],
    [1011, 'upstream_incomplete'],
  ])('the upstream’s %d reaches the client', async (code, error) => {
    const since = stage.gateway.logLines().length;
    const client = await stage.open(realtime('gpt-close'));
    client.socket.send(String(code));
    await eventually(() => client.ended(), 'the close');
    expect(client.ended()).toEqual({ code, reason: 'as asked' });
    expect((await stage.record('gpt-close', since, error === undefined ? 101 : 502)).error).toBe(error);
  });

  test.each([
    [1000, 'fine', { code: 1000, reason: 'fine' }],
    [4000, 'é'.repeat(61), { code: 4000, reason: 'é'.repeat(61) }],
    [undefined, undefined, { code: 1005, reason: '' }],
  ])('the client’s %p reaches the upstream', async (code, reason, ended) => {
    const client = await stage.open(realtime('gpt-echo'));
    client.socket.close(code, reason);
    await eventually(() => client.ended(), 'the close');
    expect(await eventually(() => stage.upstream.last('gpt-echo')?.ended, 'the upstream’s close')).toEqual(
      ended,
    );
  });

  test('an upstream that is cut off is 1011, and recorded', async () => {
    const since = stage.gateway.logLines().length;
    const client = await stage.open(realtime('gpt-cut'));
    client.socket.send('x');
    await eventually(() => client.ended(), 'the close');
    expect(client.ended()?.code).toBe(1011);
    expect(await stage.record('gpt-cut', since, 502)).toMatchObject({
      status: 502,
      error: 'upstream_incomplete',
    });
  });

  test('a client that is cut off lets the upstream go at once, and is recorded', async () => {
    const since = stage.gateway.logLines().length;
    const client = await stage.open(realtime('gpt-echo'));
    const call = stage.upstream.last('gpt-echo');
    const cutAtMs = performance.now();
    client.socket.terminate();
    await eventually(() => call?.ended, 'the upstream’s close');
    expect(performance.now() - cutAtMs).toBeLessThan(500);
    expect(await stage.record('gpt-echo', since, 499)).toMatchObject({
      status: 499,
      error: 'client_closed_request',
    });
  });
});

describe('the meter', () => {
  test('usage is added up, in the log and the metrics; the gauge holds while the session is open', async () => {
    const inFlight = () => stage.metric(/^opengateway_requests_in_flight (\d+)$/m);
    for (let round = 0; round < 50 && (await inFlight()) !== 0; round++) await Bun.sleep(50);
    expect(await inFlight()).toBe(0);
    const client = await stage.open(realtime('gpt-usage'));
    expect(await inFlight()).toBe(1);
    client.socket.send('x');
    await client.message(3);
    await Bun.sleep(120);
    await client.close();
    const record = await stage.record('gpt-usage');
    expect(record).toMatchObject({
      endpoint: '/v1/realtime',
      key_id: 'root',
      provider: 'openai',
      model: 'gpt-usage',
      mode: 'passthrough',
      stream: true,
      status: 101,
      attempts: 1,
      input_tokens: 30,
      cached_tokens: 2,
      output_tokens: 10,
    });
    expect(record.latency_ms).toBeGreaterThan(100);
    expect(await inFlight()).toBe(0);
    const tokens = await stage.metric(
      /opengateway_tokens_total\{[^}]*gpt-usage[^}]*kind="input"[^}]*\} (\d+)/,
    );
    expect(tokens).toBe(30);
  });
});
