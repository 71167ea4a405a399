/** The whole route table: whatever reaches an upstream is admitted first, WebSockets too. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { realtimeEndpoints, responsesPath } from '../../../src/http/socket-surfaces.ts';
import { openSocket } from '../../support/socket-client.ts';
import { body, model, type Route, routes } from './routes.ts';
import { type KeyStage, startKeyStage } from './stage.ts';

let stage: KeyStage;
beforeAll(async () => {
  stage = await startKeyStage();
}, 30_000);
afterAll(async () => {
  await stage.stop();
});

interface Answer {
  readonly status: number;
  readonly code: string;
  /** Requests the upstream got by it. */
  readonly reached: number;
}

async function call({ method, path }: Route, key: string): Promise<Answer> {
  const before = stage.reached();
  const response = await fetch(stage.gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body }),
  });
  const text = await response.text();
  const code =
    /"(?:code|reason)":"([A-Za-z_]+)"/.exec(text)?.[1] ?? /"type":"([a-z_]+_error)"/.exec(text)?.[1] ?? '';
  return { status: response.status, code: code.toLowerCase(), reached: stage.reached() - before };
}

/** Those that reach an upstream when nothing stands in the way. */
async function reaching(): Promise<Route[]> {
  const key = await stage.key();
  const found: Route[] = [];
  for (const route of routes) if ((await call(route, key)).reached > 0) found.push(route);
  return found;
}

test('with a limit of nothing no route reaches an upstream', async () => {
  const all = await reaching();
  // Of all there are, but for those nobody offers here.
  expect(all.length).toBeGreaterThan(100);
  for (const limits of [{ rpm: 0 }, { parallel: 0 }]) {
    const key = await stage.key({ limits });
    for (const route of all)
      expect({ ...route, ...(await call(route, key)) }).toMatchObject({ ...route, status: 429, reached: 0 });
  }
}, 60_000);

test('with a budget of nothing no route that consumes reaches an upstream', async () => {
  const key = await stage.key({ budgets: [{ limit_usd: 0, window: 'total' }] });
  const open: string[] = [];
  for (const route of await reaching()) {
    const { status, reached } = await call(route, key);
    if (reached > 0) open.push(`${route.method} ${route.path}`);
    else expect([429, 403]).toContain(status);
  }
  const writing = open.filter((route) => route.startsWith('POST '));
  expect(writing.map((route) => route.replace(/^POST (?:\/anthropic)?/, ''))).toEqual([]);
}, 60_000);

test('what runs without naming a model is refused while a budget holds, since nobody knows its price', async () => {
  const key = await stage.key({ budgets: [{ limit_usd: 100, window: 'total' }] });
  const ask = async (path: string) => {
    const response = await fetch(stage.gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{}',
    });
    return [path, response.status];
  };
  for (const path of [
    '/v1/batches',
    '/v1/fine_tuning/jobs',
    '/v1/realtime/client_secrets',
    '/v1/threads/t/runs',
    '/v1/evals',
    '/v1/messages/batches',
    '/anthropic/v1/messages/batches',
  ])
    expect(await ask(path)).toEqual([path, 403]);
  for (const path of ['/v1/files', '/v1/uploads', '/v1/conversations', '/v1/responses/r/cancel'])
    expect(await ask(path)).toEqual([path, 200]);
});

test('no WebSocket goes around it', async () => {
  for (const caps of [{ limits: { rpm: 0 } }, { budgets: [{ limit_usd: 0, window: 'total' }] }]) {
    const key = await stage.key(caps);
    const headers = { authorization: `Bearer ${key}` };
    const before = stage.reached();
    for (const { path } of realtimeEndpoints) {
      const url = `${stage.gateway.url}${path}?model=${model}`;
      await expect(openSocket(url.replace('http', 'ws'), { headers })).rejects.toThrow();
    }
    const socket = await openSocket(stage.gateway.url.replace('http', 'ws') + responsesPath, { headers });
    socket.socket.send(JSON.stringify({ type: 'response.create', model, input: 'x' }));
    expect(JSON.parse(String(await socket.message(0)))).toMatchObject({ type: 'error', status: 429 });
    await socket.close();
    expect(stage.reached()).toBe(before);
  }
});
