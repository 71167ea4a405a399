/** What is open when its key ends, through the executable: told in the API's own words, the upstream let go, the call recorded. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { startRealtimeUpstream } from '../../support/realtime-upstream.ts';
import { openSocket } from '../../support/socket-client.ts';
import { type EndlessUpstream, startEndlessUpstream } from './endless-upstream.ts';
import { administrationOf, type KeyStage } from './stage.ts';

setDefaultTimeout(30_000);

let upstream: EndlessUpstream;
const realtime = startRealtimeUpstream();
let gateway: RunningGateway;
let admin: KeyStage['admin'];
beforeAll(async () => {
  upstream = startEndlessUpstream();
  gateway = await startGateway({
    config: {
      providers: {
        endless: { baseUrl: upstream.url, dialects: ['openai-chat'] },
        voice: { baseUrl: realtime.url, dialects: ['openai-realtime'] },
        kept: { baseUrl: upstream.url, dialects: ['openai-responses'] },
      },
    },
  });
  admin = administrationOf(gateway.url);
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
  await realtime.stop();
});

interface Made {
  readonly id: string;
  readonly key: string;
  readonly team: string;
  readonly user: string;
}

async function made(): Promise<Made> {
  const team = String((await admin('POST', '/admin/teams', { name: 't' })).json.id);
  const user = String((await admin('POST', '/admin/users', { name: 'u', team_id: team })).json.id);
  const { json } = await admin('POST', '/admin/keys', { name: 'k', user_id: user });
  return { id: String(json.id), key: String(json.key), team, user };
}

const fates: [what: string, code: string, end: (made: Made) => Promise<{ status: number }>][] = [
  ['revoked', 'invalid_api_key', ({ id }) => admin('DELETE', `/admin/keys/${id}`)],
  ['disabled', 'key_disabled', ({ id }) => admin('PATCH', `/admin/keys/${id}`, { disabled: true })],
  ['rotated', 'key_expired', ({ id }) => admin('POST', `/admin/keys/${id}/rotate`, {})],
  [
    'rotated with a grace of a second',
    'key_expired',
    ({ id }) => admin('POST', `/admin/keys/${id}/rotate`, { grace_seconds: 1 }),
  ],
  [
    'given an end that comes',
    'key_expired',
    ({ id }) =>
      admin('PATCH', `/admin/keys/${id}`, { expires_at: new Date(Date.now() + 1000).toISOString() }),
  ],
  [
    'disabled with its team',
    'key_disabled',
    ({ team }) => admin('PATCH', `/admin/teams/${team}`, { disabled: true }),
  ],
  ['deleted with its user', 'invalid_api_key', ({ user }) => admin('DELETE', `/admin/users/${user}`)],
];

async function recordOf(keyId: string): Promise<Record<string, unknown>> {
  return await eventually(
    () => gateway.logLines().findLast((line) => line.event === 'call' && line.key_id === keyId),
    'the record',
  );
}

const words: Readonly<Record<string, string>> = {
  invalid_api_key: 'was revoked',
  key_disabled: 'is disabled',
  key_expired: 'has expired',
};

const paths: [path: string, body: object, error: RegExp][] = [
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }, /data: (\{"error".*)\n\n$/],
  ['/v1/responses', { input: 'x' }, /data: (\{"type":"response.failed".*)\n\n$/],
  [
    '/v1/messages',
    { messages: [{ role: 'user', content: 'x' }], max_tokens: 5 },
    /event: error\ndata: (.*authentication_error.*)\n\n$/,
  ],
];

describe.each(fates)('a key that is %s', (_what, code, end) => {
  test.each(paths)('ends its streams at %s', async (path, body, error) => {
    const key = await made();
    const bystander = await made();
    const model = `endless/m-${crypto.randomUUID()}`;
    const [own, other] = await Promise.all(
      [key, bystander].map(async ({ key: text }, nth) => {
        const response = await fetch(gateway.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${text}` },
          body: JSON.stringify({ ...body, model: model + nth, stream: true }),
        });
        expect(response.status).toBe(200);
        return response;
      }),
    );
    await eventually(
      () => upstream.isOpen(`${model}0`.slice(8)) && upstream.isOpen(`${model}1`.slice(8)),
      'both',
    );
    expect((await end(key)).status).toBeLessThan(300);
    const text = await own?.text();
    expect(error.exec(text ?? '')?.[1]).toContain(words[code] ?? '');
    await eventually(() => !upstream.isOpen(`${model}0`.slice(8)), 'the upstream let go');
    expect(await recordOf(key.id)).toMatchObject({ error: code, status: 401, stream: true });
    expect(upstream.isOpen(`${model}1`.slice(8))).toBe(true);
    await other?.body?.cancel();
  });

  test('ends its realtime sessions', async () => {
    const key = await made();
    const bystander = await made();
    const open = ({ key: text }: Made) =>
      openSocket(`${gateway.url}/v1/realtime?model=voice/gpt-echo`, {
        headers: { authorization: `Bearer ${text}` },
      });
    const [own, other] = [await open(key), await open(bystander)];
    own.socket.send('{"type":"x"}');
    await own.message(0);
    const atUpstream = realtime.calls.at(-2);
    await end(key);
    const { code: closed } = await eventually(() => own.ended(), 'the close');
    expect(closed).toBe(1008);
    expect(JSON.parse(String(own.heard.at(-1)))).toMatchObject({ type: 'error', error: { code } });
    await eventually(() => atUpstream?.ended, 'the upstream let go');
    expect(await recordOf(key.id)).toMatchObject({ error: code, status: 401 });
    other.socket.send('{"type":"y"}');
    await other.message(0);
    await other.close();
  });

  test.each(['idle', 'answering'])('ends its Responses socket, %s', async (state) => {
    const key = await made();
    const client = await openSocket(`${gateway.url}/v1/responses`, {
      headers: { authorization: `Bearer ${key.key}` },
    });
    if (state === 'answering') {
      client.socket.send(JSON.stringify({ type: 'response.create', model: 'endless/m', input: 'x' }));
      await client.message(0);
    }
    await end(key);
    const { code: closed } = await eventually(() => client.ended(), 'the close');
    expect(closed).toBe(1008);
    expect(String(client.heard.at(-1))).toContain(words[code] ?? '');
  });
});

test('within a second of the change', async () => {
  const key = await made();
  const streams = await Promise.all(
    Array.from({ length: 20 }, async (_, nth) =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.key}` },
        body: JSON.stringify({ model: `endless/t-${nth}`, messages: [], stream: true }),
      }),
    ),
  );
  const texts = Promise.all(streams.map((stream) => stream.text()));
  await admin('DELETE', `/admin/keys/${key.id}`);
  const changedAtMs = performance.now();
  await texts;
  const tookMs = performance.now() - changedAtMs;
  process.stdout.write(`20 streams ended ${tookMs.toFixed(0)} ms after their key; promised is a second\n`);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toContain('opengateway_requests_in_flight 0');
});

test('a stream that has not begun gets an honest status', async () => {
  const key = await made();
  const asked = fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.key}` },
    body: JSON.stringify({ model: 'endless/silent', messages: [], stream: true }),
  });
  await eventually(() => upstream.isOpen('silent'), 'the upstream reached');
  await admin('DELETE', `/admin/keys/${key.id}`);
  const response = await asked;
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_api_key' } });
  await eventually(() => !upstream.isOpen('silent'), 'the upstream let go');
});
