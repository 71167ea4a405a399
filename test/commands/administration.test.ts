/** `opengateway keys …` against a running gateway, as a person and as a script use it. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { executable, type RunningGateway, rootKey, startGateway } from '../support/gateway.ts';
import { invoke, type Outcome } from './invoke.ts';

const present = existsSync(executable);

describe.skipIf(!present)(`the commands of administration${present ? '' : ' (skipped: not built)'}`, () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  }, 20_000);
  afterAll(async () => {
    await gateway.stop();
  });
  const run = (...args: string[]): Promise<Outcome> =>
    invoke(args, { environment: { OPENGATEWAY_URL: gateway.url, ROOT_KEY: rootKey } });
  const json = async (...args: string[]) => {
    const { code, out, err } = await run(...args, '--json');
    expect([code, err]).toEqual([0, '']);
    return JSON.parse(out) as Record<string, unknown>;
  };

  test('a key is made, listed, changed, rotated and revoked', async () => {
    expect((await run('keys', 'list')).out).toBe('none\n');
    const team = await json('teams', 'create', '--name', 'red');
    const made = await json(
      'keys',
      'create',
      '--name',
      'ci',
      '--team',
      String(team.id),
      '--models',
      'gpt-*, demo/*',
      '--metadata',
      'a=b,c=d=e',
      '--test',
      'true',
    );
    expect(made).toMatchObject({
      models: ['gpt-*', 'demo/*'],
      metadata: { a: 'b', c: 'd=e' },
      team_id: team.id,
    });
    expect(made.key).toMatch(/^sk-og-test-/);
    const id = String(made.id);
    const { out } = await run('keys', 'list', '--team', String(team.id));
    expect(out).toMatch(new RegExp(`^ID .*\\n${id} +ci .* gpt-\\*,demo/\\* `));
    expect(await json('keys', 'update', id, '--models', '', '--disabled', 'true')).toMatchObject({
      models: null,
      disabled: true,
    });
    expect((await run('keys', 'show', id)).out).toContain('disabled         true');
    expect((await json('keys', 'rotate', id, '--grace-seconds', '60')).key).not.toBe(made.key);
    expect(await run('keys', 'revoke', id)).toEqual({ code: 0, out: `${id} is gone\n`, err: '' });
    expect(await run('keys', 'show', id)).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no key') as string,
    });
  });

  test('limits and budgets are said in short, and shown', async () => {
    const caps = ['--rpm', '60', '--parallel', '2', '--budget', '5/day,0.1/week/rolling'];
    const made = await json('keys', 'create', '--name', 'capped', ...caps);
    expect(made).toMatchObject({
      limits: { rpm: 60, tpm: null, parallel: 2 },
      budgets: [
        { limit_usd: 5, window: 'day', rolling: false, spent_usd: 0 },
        { limit_usd: 0.1, window: 'week', rolling: true },
      ],
    });
    const id = String(made.id);
    const { out } = await run('keys', 'show', id);
    expect(out).toContain('rpm 60, parallel 2');
    expect(out).toContain('0 of 5/day,0 of 0.1/week/rolling');
    expect(await json('keys', 'update', id, '--rpm', '', '--budget', '')).toMatchObject({
      limits: { rpm: null, parallel: 2 },
      budgets: [],
    });
    const team = await json('teams', 'create', '--name', 'capped', '--tpm', '1000', '--budget', '9/month');
    expect(team).toMatchObject({ limits: { tpm: 1000 }, budgets: [{ limit_usd: 9, window: 'month' }] });
    for (const wrong of [
      ['--rpm', 'many'],
      ['--budget', '5'],
      ['--budget', '-5/day'],
      ['--budget', '5 per day'],
    ])
      expect(await run('keys', 'create', '--name', 'x', ...wrong)).toMatchObject({ code: 2 });
    expect(await run('keys', 'create', '--name', 'x', '--budget', '5/year')).toMatchObject({
      code: 1,
      err: expect.stringContaining('budgets[0].window') as string,
    });
  });

  test('people, teams and organizations too', async () => {
    const org = await json('orgs', 'create', '--name', 'o');
    const team = await json('teams', 'create', '--name', 't', '--org', String(org.id));
    const user = await json(
      'users',
      'create',
      '--name',
      'u',
      '--team',
      String(team.id),
      '--email',
      'u@example.com',
      '--role',
      'team_admin',
    );
    expect(user).toMatchObject({ organization_id: org.id, team_id: team.id, role: 'team_admin' });
    expect((await run('orgs', 'delete', String(org.id))).err).toContain('still has');
    for (const [collection, { id }] of [
      ['users', user],
      ['teams', team],
      ['orgs', org],
    ] as const)
      expect((await run(collection, 'delete', String(id))).code).toBe(0);
  });

  test('pages go on where the one before ended', async () => {
    for (const name of ['a', 'b', 'c']) await json('teams', 'create', '--name', name);
    const { out } = await run('teams', 'list', '--limit', '2');
    const cursor = /--cursor (team_\w+)/.exec(out)?.[1] ?? '';
    expect((await run('teams', 'list', '--cursor', cursor)).out).not.toContain(cursor);
  });

  test('a name cannot write to the terminal', async () => {
    const { id } = await json('teams', 'create', '--name', 'a\u001b[31mb\nc');
    expect((await run('teams', 'show', String(id))).out).toContain('a?[31mb?c');
  });

  test('what the gateway refuses is said', async () => {
    expect(await run('keys', 'create')).toMatchObject({
      code: 1,
      err: "opengateway: Missing required parameter: 'name'.\n",
    });
    const wrong = { environment: { OPENGATEWAY_URL: gateway.url, ROOT_KEY: 'sk-wrong' } };
    expect(await invoke(['keys', 'list'], wrong)).toMatchObject({
      code: 1,
      err: 'opengateway: Incorrect API key provided.\n',
    });
  });

  test('what was used is shown, by key and by day', async () => {
    const { id, key } = await json('keys', 'create', '--name', 'user');
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(response.status).toBe(200);
    const { out } = await run('usage');
    expect(out).toMatch(/^KEY_ID +REQUESTS +ERRORS +INPUT_TOKENS +CACHED_TOKENS +OUTPUT_TOKENS +COST_USD\n/);
    expect(out).toMatch(new RegExp(`\n${id} +1 +0 `));
    const today = new Date().toISOString().slice(0, 10);
    const { data } = await json('usage', '--group-by', 'day', '--key', String(id));
    expect(data).toMatchObject([{ day: today, requests: 1, cost_usd: 0 }]);
    expect((await run('usage', '--group-by', 'day', '--to', '2020-01-01')).out).toBe('none\n');
    expect(await run('usage', '--group-by', 'colour')).toMatchObject({ code: 1 });
    expect((await run('usage', 'extra')).code).toBe(2);
  });
});

test('a gateway that is not there is said', async () => {
  const nowhere = { environment: { OPENGATEWAY_URL: 'http://127.0.0.1:1' } };
  expect(await invoke(['keys', 'list'], nowhere)).toMatchObject({
    code: 1,
    err: 'opengateway: http://127.0.0.1:1 does not answer\n',
  });
});

test.each([
  [['keys', 'show'], 'needs an id'],
  [['keys', 'list', 'x'], "unexpected 'x'"],
  [['keys', 'revoke', 'a', 'b'], "unexpected 'b'"],
  [['keys', 'create', '--model', 'x'], "Did you mean 'models'?"],
  [['keys', 'update', 'x', '--disabled', 'maybe'], 'must be true or false'],
  [['keys', 'update', 'x', '--metadata', 'a'], 'must be name=value'],
  [['keys', 'rotate', 'x', '--grace-seconds', '1m'], 'must be a whole number'],
  [['keys', 'lst'], "Did you mean 'keys list'?"],
] as [string[], string][])('%j is a mistake: %s', async (args, message) => {
  const { code, err } = await invoke(args);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});
