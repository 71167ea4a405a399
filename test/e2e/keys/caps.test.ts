/** Limits and budgets on the built executable, one process or several: of 100 calls at once exactly as many reach the upstream as may. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { administrationOf } from './stage.ts';

const reply = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

let gateway: RunningGateway;
let admin: ReturnType<typeof administrationOf>;
let reached = 0;
let warned: Record<string, unknown>[] = [];
let refused = 0;
/** Replies wait until each of so many calls has come, or was refused: until then none makes room for another. */
let gatherAt = 0;
let gathered = Promise.withResolvers<void>();

function gather(): void {
  if (reached + refused === gatherAt) gathered.resolve();
}

const upstream = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/hook') {
      warned.push((await request.json()) as Record<string, unknown>);
      return new Response(null, { status: 204 });
    }
    if (pathname.endsWith('/models')) return Response.json({ data: [] });
    reached++;
    gather();
    if (gatherAt > 0) await gathered.promise;
    return Response.json(reply);
  },
});

afterAll(async () => {
  await upstream.stop(true);
});

async function keyWith(caps: object): Promise<{ id: string; key: string }> {
  const { json } = await admin('POST', '/admin/keys', { name: 'k', ...caps });
  return json as { id: string; key: string };
}

async function ask(key: string, more: object = {}): Promise<Response> {
  return await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }], ...more }),
  });
}

async function storm(key: string): Promise<Record<number, number>> {
  reached = 0;
  refused = 0;
  gatherAt = 100;
  gathered = Promise.withResolvers();
  const statuses: Record<number, number> = {};
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const response = await ask(key);
      if (response.status !== 200) refused++;
      gather();
      await response.text();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    }),
  );
  gatherAt = 0;
  return statuses;
}

describe.each<[string, Record<string, string>]>([
  ['one process', {}],
  ['three workers', { WORKERS: '3' }],
])('%s', (_name, env) => {
  beforeAll(async () => {
    const base = `http://127.0.0.1:${upstream.port}`;
    gateway = await startGateway({
      env: { OPENAI_API_KEY: 'sk-upstream-of-the-caps', OPENAI_BASE_URL: `${base}/v1`, ...env },
      config: {
        prices: { models: { 'openai/*': { perRequest: 0.1 } } },
        caps: {
          models: { 'gpt-capped*': { budgets: [{ limitUsd: 0.3, window: 'total' }] } },
          customers: { '*': { limits: { rpm: 2 } }, acme: { limits: { rpm: 3 } } },
        },
        webhooks: { budgetWarning: `${base}/hook` },
      },
    });
    admin = administrationOf(gateway.url);
  }, 30_000);
  afterAll(async () => {
    await gateway.stop();
  });

  describe('100 calls at once', () => {
    test('of $0.10 against a budget of $5: exactly 50 reach the upstream, and nothing stays reserved', async () => {
      const { id, key } = await keyWith({ budgets: [{ limit_usd: 5, window: 'day', warn_at: [0.8] }] });
      warned = [];
      expect(await storm(key)).toEqual({ 200: 50, 429: 50 });
      expect(reached).toBe(50);
      const budget = { limit_usd: 5, window: 'day', spent_usd: 5, reserved_usd: 0 };
      expect((await admin('GET', `/admin/keys/${id}`)).json.budgets).toMatchObject([budget]);
      const me = await fetch(`${gateway.url}/admin/me`, { headers: { authorization: `Bearer ${key}` } });
      expect(await me.json()).toMatchObject({
        id,
        budgets: [{ ...budget, resets_at: expect.stringMatching(/T00:00:00\.000Z$/) as string }],
      });
      const refused = await ask(key);
      expect(refused.status).toBe(429);
      expect(await refused.json()).toMatchObject({
        error: { type: 'insufficient_quota', code: 'budget_exceeded' },
      });
      for (let waited = 0; warned.length === 0 && waited < 100; waited++) await Bun.sleep(20);
      expect(warned).toMatchObject([{ event: 'budget.warning', scope: 'key', scope_id: id, share: 0.8 }]);
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).toContain('opengateway_budget_warnings_total{scope="key"} 1');
      expect(metrics).toContain('opengateway_limit_refusals_total{scope="key",limit="budget"} 51');
    }, 30_000);

    test.each(['rpm', 'parallel'])(
      'against %s of 50: exactly 50 reach the upstream',
      async (name) => {
        const { key } = await keyWith({ limits: { [name]: 50 } });
        expect(await storm(key)).toEqual({ 200: 50, 429: 50 });
        expect(reached).toBe(50);
      },
      30_000,
    );

    test('against a budget of their team: the keys share it', async () => {
      const { json } = await admin('POST', '/admin/teams', {
        name: 't',
        budgets: [{ limit_usd: 2.5, window: 'hour', rolling: true }],
      });
      const { key } = await keyWith({ team_id: json.id });
      const { key: other } = await keyWith({
        team_id: json.id,
        budgets: [{ limit_usd: 0.5, window: 'total' }],
      });
      expect(await storm(other)).toEqual({ 200: 5, 429: 95 });
      expect(await storm(key)).toEqual({ 200: 20, 429: 80 });
      expect((await admin('GET', `/admin/teams/${json.id}`)).json.budgets).toMatchObject([
        { spent_usd: 2.5, reserved_usd: 0, resets_at: null },
      ]);
    }, 30_000);
  });

  test('what was spent stays when the limit changes, and a raise lets more through for a while', async () => {
    const { id, key } = await keyWith({ budgets: [{ limit_usd: 0.1, window: 'total' }] });
    const status = async () => (await ask(key)).status;
    const set = (fields: object) =>
      admin('PATCH', `/admin/keys/${id}`, { budgets: [{ window: 'total', ...fields }] });
    expect([await status(), await status()]).toEqual([200, 429]);
    await set({ limit_usd: 0.2 });
    expect([await status(), await status()]).toEqual([200, 429]);
    await set({ limit_usd: 0.2, raise: { limit_usd: 0.3, until: '2099-01-01T00:00:00Z' } });
    expect([await status(), await status()]).toEqual([200, 429]);
    const { json } = await set({ limit_usd: 0.2, raise: { limit_usd: 9, until: '2001-01-01T00:00:00Z' } });
    expect(json.budgets).toMatchObject([{ spent_usd: 0.3 }]);
    expect(await status()).toBe(429);
  });

  test('the caps of the configuration hold for whoever calls', async () => {
    const { key } = await keyWith({});
    const statuses = async (more: object, count: number) => {
      const all: number[] = [];
      for (let call = 0; call < count; call++) all.push((await ask(key, more)).status);
      return all;
    };
    expect(await statuses({ model: 'gpt-capped-1' }, 2)).toEqual([200, 200]);
    expect(await statuses({ model: 'openai/gpt-capped-2' }, 2)).toEqual([200, 429]);
    expect(await statuses({ user: 'alice' }, 3)).toEqual([200, 200, 429]);
    expect(await statuses({ user: 'bob' }, 3)).toEqual([200, 200, 429]);
    expect(await statuses({ user: 'acme' }, 4)).toEqual([200, 200, 200, 429]);
    expect(await statuses({}, 3)).toEqual([200, 200, 200]);
  });
});
