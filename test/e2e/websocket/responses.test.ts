/** Responses sessions through the executable: one frame an event, going on from earlier responses, errors, endings. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import { rootKey } from '../../support/gateway.ts';
import { exchange } from '../../support/raw-connection.ts';
import { handshake } from '../../support/raw-websocket.ts';
import { eventsOf } from '../../support/responses-upstream.ts';
import type { SocketClient } from '../../support/socket-client.ts';
import { type SocketStage, startSocketStage, upstreamKey } from '../../support/socket-stage.ts';

setDefaultTimeout(30_000);

interface Frame {
  readonly type: string;
  readonly status?: number;
  readonly stream_id?: string;
  readonly error?: { code: string; message: string; param: string | null };
  readonly headers?: Record<string, string>;
  readonly response?: { id: string; output: { content?: { text: string }[] }[]; status: string };
}

const ends = ['response.completed', 'response.failed', 'response.incomplete', 'error'];

/** Sends a frame, and resolves to all that comes up to the last of its answer. */
async function ask(client: SocketClient, frame: object | string): Promise<Frame[]> {
  const from = client.heard.length;
  client.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const frames = () => client.heard.slice(from).map((text) => JSON.parse(String(text)) as Frame);
  return await eventually(
    () => {
      const so = frames();
      return ends.includes(so.at(-1)?.type ?? '') && so;
    },
    `an answer to ${JSON.stringify(frame).slice(0, 200)}`,
  );
}

const create = (model: string, more: object = {}) => ({
  type: 'response.create',
  model,
  input: 'hi',
  store: false,
  ...more,
});
const user = (content: string) => ({ type: 'message', role: 'user', content });
const idOf = (frames: readonly Frame[]) => frames.at(-1)?.response?.id ?? '';

for (const mode of ['passthrough', 'translated'])
  describe(mode, () => {
    let stage: SocketStage;
    let client: SocketClient;
    beforeAll(async () => {
      stage = await startSocketStage(mode === 'translated' ? { OPENGATEWAY_FORCE_TRANSLATE: '1' } : {});
      client = await stage.open('/v1/responses');
    });
    afterAll(async () => {
      await client.close();
      await stage.stop();
    });

    test('each event is one frame, as the upstream sent it', async () => {
      const frames = await ask(client, create('kept/gpt-say', { x_future: { a: 1 } }));
      const nth = stage.responses.calls.length;
      expect(frames).toEqual(eventsOf('gpt-say', nth, `turn ${nth}`) as unknown as Frame[]);
      const call = stage.responses.last('gpt-say');
      expect(call?.path).toBe('/v1/responses');
      expect(call?.headers.authorization).toBe(`Bearer ${upstreamKey}`);
      expect(call?.body).toEqual({
        model: 'gpt-say',
        input: 'hi',
        store: false,
        x_future: { a: 1 },
        stream: true,
      } as unknown as NonNullable<typeof call>['body']);
      expect(await stage.record('kept/gpt-say')).toMatchObject({
        endpoint: '/v1/responses',
        key_id: 'root',
        status: 200,
        mode,
        input_tokens: 5,
        output_tokens: 3,
      });
    });

    test('a chain of responses is put together for a provider that keeps none', async () => {
      const first = await ask(client, create('kept/gpt-say'));
      const second = await ask(
        client,
        create('kept/gpt-say', { previous_response_id: idOf(first), input: [user('two')] }),
      );
      const third = await ask(
        client,
        create('kept/gpt-say', { previous_response_id: idOf(second), input: 'three' }),
      );
      const output = (frames: Frame[]) => frames.at(-1)?.response?.output ?? [];
      const sent = stage.responses.last('gpt-say')?.body;
      expect(sent).not.toHaveProperty('previous_response_id');
      expect(sent?.input).toEqual([
        user('hi'),
        ...output(first),
        user('two'),
        ...output(second),
        { type: 'message', role: 'user', content: 'three' },
      ]);
      // Going on from an earlier one leaves the later ones out.
      await ask(client, create('kept/gpt-say', { previous_response_id: idOf(first), input: 'fork' }));
      expect(stage.responses.last('gpt-say')?.body.input).toEqual([
        user('hi'),
        ...output(first),
        user('fork'),
      ]);
      expect(output(third)).toHaveLength(1);
    });

    test('an id of another connection goes on as it is, and so does what is built upon it', async () => {
      const first = await ask(
        client,
        create('kept/gpt-say', { previous_response_id: 'resp_elsewhere', input: 'a' }),
      );
      expect(stage.responses.last('gpt-say')?.body).toMatchObject({
        previous_response_id: 'resp_elsewhere',
        input: 'a' as unknown as unknown[],
      });
      await ask(client, create('kept/gpt-say', { previous_response_id: idOf(first), input: 'b' }));
      const sent = stage.responses.last('gpt-say')?.body;
      expect(sent?.previous_response_id).toBe('resp_elsewhere');
      expect(sent?.input.at(0)).toEqual(user('a'));
      expect(sent?.input.at(-1)).toEqual(user('b'));
    });

    test('reasoning that nobody can read again is left out', async () => {
      const first = await ask(client, create('kept/gpt-reason'));
      await ask(client, create('kept/gpt-say', { previous_response_id: idOf(first), input: 'go on' }));
      const kinds = stage.responses
        .last('gpt-say')
        ?.body.input.map((item) => (item as { type: string; id?: string }).id ?? '');
      expect(kinds).toContain('rs_1');
      expect(kinds).not.toContain('rs_2');
    });

    test('a warm-up is answered here, and may be gone on from', async () => {
      const before = stage.responses.calls.length;
      const warm = await ask(client, {
        type: 'response.create',
        generate: false,
        input: [user('first')],
        tools: [],
      });
      expect(warm.map(({ type }) => type)).toEqual(['response.created', 'response.completed']);
      expect(warm.at(-1)?.response?.output).toEqual([]);
      expect(idOf(warm)).toMatch(/^resp_/);
      expect(stage.responses.calls.length).toBe(before);
      const warmer = await ask(client, {
        type: 'response.create',
        generate: false,
        previous_response_id: idOf(warm),
        input: [],
      });
      await ask(
        client,
        create('kept/gpt-say', { previous_response_id: idOf(warmer), input: [user('second')] }),
      );
      expect(stage.responses.last('gpt-say')?.body.input).toEqual([user('first'), user('second')]);
    });

    test('it works with a provider that speaks another dialect, and knows no earlier response', async () => {
      const first = await ask(client, create('chatty/m'));
      expect(first.at(0)?.type).toBe('response.created');
      expect(first.at(-1)?.response?.output[0]?.content?.[0]?.text).toBe('heard 1');
      const second = await ask(
        client,
        create('chatty/m', { previous_response_id: idOf(first), input: 'more' }),
      );
      expect(second.at(-1)?.response?.output[0]?.content?.[0]?.text).toBe('heard 3');
    });

    test.each([
      [{ type: 'response.create', model: 'no-such', input: 'x' }, 404, 'model_not_found'],
      [{ type: 'response.create', input: 'x' }, 400, 'missing_required_parameter'],
      [create('kept/gpt-refuse-400'), 400, 'nope'],
      [create('kept/gpt-refuse-429'), 429, 'nope'],
      [create('kept/gpt-refuse-401'), 502, 'upstream_auth_failed'],
      [create('nobody/x'), 404, 'operation_not_supported'],
      [create('kept/gpt-say', { background: true }), 400, 'unsupported_value'],
      [create('kept/gpt-say', { stream_id: 'no space' }), 400, 'invalid_type'],
      [{ type: 'response.cancel' }, 400, 'invalid_type'],
      [{}, 400, 'invalid_type'],
      ['not json', 400, 'invalid_json'],
      ['[]', 400, 'invalid_json'],
      ['', 400, 'invalid_json'],
      ['{"type":"response.create","type":"response.create"}', 400, 'duplicate_key'],
      [`{"type":"response.create","input":${'['.repeat(300)}${']'.repeat(300)}}`, 400, 'request_too_deep'],
    ])('%j is an error of %d %s, and the session goes on', async (frame, status, code) => {
      const answer = await ask(client, frame);
      expect(answer).toHaveLength(1);
      expect(answer[0]).toMatchObject({ type: 'error', status, error: { code } });
      expect(answer[0]?.headers?.['x-request-id']).toStartWith('req_');
      if (status === 429) expect(answer[0]?.headers?.['retry-after']).toBe('7');
      expect(JSON.stringify(answer)).not.toContain(upstreamKey);
      expect((await ask(client, create('kept/gpt-say'))).at(-1)?.type).toBe('response.completed');
    });

    test('a binary message is an error', async () => {
      const from = client.heard.length;
      client.socket.send(new Uint8Array([1, 2, 3]));
      expect(JSON.parse(String(await client.message(from)))).toMatchObject({
        type: 'error',
        error: { code: 'invalid_json' },
      });
    });

    test('one response at a time; the one under way is not disturbed', async () => {
      const from = client.heard.length;
      client.socket.send(JSON.stringify(create('kept/gpt-slow')));
      await client.message(from);
      client.socket.send(JSON.stringify(create('kept/gpt-say', { stream_id: 'b' })));
      const frames = () => client.heard.slice(from).map((text) => JSON.parse(String(text)) as Frame);
      await eventually(() => frames().at(-1)?.type === 'response.completed', 'the end of the first');
      const errors = frames().filter(({ type }) => type === 'error');
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({
        status: 409,
        stream_id: 'b',
        error: { code: 'response_in_progress', param: 'stream_id' },
      });
      expect(frames().filter(({ stream_id }) => stream_id !== undefined)).toEqual(errors);
    });

    test('a lane is said back with every event', async () => {
      for (const frame of [
        create('kept/gpt-say', { stream_id: 'a-1' }),
        create('kept/gpt-refuse-400', { stream_id: 'a-1' }),
      ]) {
        const frames = await ask(client, frame);
        expect(frames.every(({ stream_id }) => stream_id === 'a-1')).toBe(true);
      }
      expect(stage.responses.last('gpt-say')?.body).not.toHaveProperty('stream_id');
    });

    test('an upstream that fails in mid-stream ends its response, not the session', async () => {
      for (const model of ['kept/gpt-cut', 'kept/gpt-flat-error']) {
        const frames = await ask(client, create(model));
        expect(frames.length).toBeGreaterThan(1);
        expect(['error', 'response.failed']).toContain(frames.at(-1)?.type ?? '');
        if (frames.at(-1)?.type === 'error') expect(frames.at(-1)?.error?.message).toBeString();
      }
      expect((await ask(client, create('kept/gpt-say'))).at(-1)?.type).toBe('response.completed');
    });

    test('a client that leaves takes the call under way with it', async () => {
      const other = await stage.open('/v1/responses');
      other.socket.send(JSON.stringify(create('kept/gpt-stall')));
      await other.message(0);
      const since = stage.gateway.logLines().length;
      other.socket.terminate();
      await eventually(() => stage.responses.last('gpt-stall')?.gone, 'the upstream being let go');
      expect(await stage.record('kept/gpt-stall', since, 499)).toMatchObject({
        status: 499,
        error: 'client_closed_request',
      });
    });

    test('a client that does not read keeps the upstream waiting, and is given up on', async () => {
      const other = await stage.open('/v1/responses');
      const since = stage.gateway.logLines().length;
      const memory = stage.memory();
      other.socket.pause();
      other.socket.send(JSON.stringify(create('kept/gpt-endless')));
      const call = await eventually(() => stage.responses.last('gpt-endless'), 'the call');
      await Bun.sleep(1000);
      expect(call.sentBytes).toBeGreaterThan(1 << 20);
      expect(call.sentBytes).toBeLessThan(32 << 20);
      expect(stage.memory() - memory).toBeLessThan(64 << 20);
      await eventually(() => call.gone, 'the upstream being let go');
      expect(await stage.record('kept/gpt-endless', since, 499)).toMatchObject({ status: 499 });
      other.socket.terminate();
    });

    test('headers of the handshake go with each response, without those of the handshake itself', async () => {
      const key = `openai-insecure-api-key.${rootKey}`;
      const other = await stage.open('/v1/responses?key=', {
        headers: { 'openai-beta': 'responses_websockets=2026-02-06, x=y' },
        protocols: ['responses', key],
      });
      expect(other.socket.protocol).toBe('responses');
      expect((await ask(other, create('kept/gpt-say'))).at(-1)?.type).toBe('response.completed');
      const headers = stage.responses.last('gpt-say')?.headers ?? {};
      expect(JSON.stringify(headers)).not.toContain(rootKey);
      expect(Object.keys(headers).filter((name) => name.startsWith('sec-') || name === 'upgrade')).toEqual(
        [],
      );
      await other.close();
    });

    test.each([
      ['no key', { Authorization: '' }, 401],
      ['a wrong key', { Authorization: 'Bearer sk-no' }, 401],
      ['a malformed handshake', { 'Sec-WebSocket-Key': 'x' }, 400],
    ])('%s is refused before anything else', async (_, lines, status) => {
      const usual = { Authorization: `Bearer ${rootKey}`, Connection: 'Upgrade, close' };
      const since = stage.gateway.logLines().length;
      const reply = await exchange(stage.gateway.port, handshake('/v1/responses', { ...usual, ...lines }));
      expect(reply.status).toBe(status);
      await eventually(
        () =>
          stage.gateway
            .logLines()
            .slice(since)
            .find((line) => line.status === status && line.endpoint === '/v1/responses'),
        'its record',
      );
    });

    test('a plain GET is what it was', async () => {
      const reply = await fetch(`${stage.gateway.url}/v1/responses`, {
        headers: { authorization: `Bearer ${rootKey}` },
      });
      expect(reply.headers.get('x-opengateway-provider')).toBe('openai');
    });
  });
