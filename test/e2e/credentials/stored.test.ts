/** Credentials kept in the storage: used from the next call on, seen by nobody, clear where two would clash. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnv, executable, type RunningGateway, rootKey, startGateway } from '../../support/gateway.ts';
import { askWith } from '../objects/stage.ts';

const secret = 'sk-stored-canary-0123456789';
const next = 'sk-stored-other-canary-9876';

interface Upstream {
  readonly url: string;
  /** The credential of each request, in order. */
  readonly seen: readonly string[];
  stop(): Promise<void>;
}

/** Says its credential back, as some providers do in their errors. */
function startUpstream(): Upstream {
  const seen: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const path = new URL(request.url).pathname;
      if (path.endsWith('/models')) return Response.json({ object: 'list', data: [{ id: 'gpt-listed' }] });
      const sent = request.headers.get('authorization') ?? request.headers.get('x-api-key') ?? '';
      seen.push(sent);
      const { model } = (await request.json()) as { model: string };
      if (model === 'gpt-error')
        return Response.json(
          { error: { message: `bad key ${sent}`, type: sent, code: sent } },
          { status: 400 },
        );
      return Response.json({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model,
        choices: [
          { index: 0, message: { role: 'assistant', content: `you sent ${sent}` }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, seen, stop: () => server.stop(true) };
}

let upstream: Upstream;
let gateway: RunningGateway;
const root = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  askWith(gateway.url, rootKey)(method, path, body, headers);
const call = (model: string, content = 'hi') =>
  root('POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content }] });

beforeAll(async () => {
  upstream = startUpstream();
  gateway = await startGateway({
    env: { OPENGATEWAY_SECRET: 'the secret of these tests', MISTRAL_API_KEY: 'sk-declared-mistral-key' },
    config: {
      providers: {
        acme: { baseUrl: upstream.url },
        keyed: { baseUrl: upstream.url, apiKey: 'sk-declared-in-the-file' },
        mistral: { baseUrl: upstream.url },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

describe('a credential', () => {
  test('is used from the next call on, changed, and taken away, without a restart', async () => {
    expect((await call('gpt-4o')).json.error).toMatchObject({ code: 'provider_not_configured' });
    const made = await root('POST', '/admin/credentials', {
      provider: 'openai',
      name: 'prod',
      api_key: secret,
      base_url: upstream.url,
    });
    expect(made.status).toBe(201);
    expect(String(made.json.id)).toMatch(/^cred_[0-9a-f]{32}$/);
    expect(made.json).toMatchObject({
      ...{ provider: 'openai', name: 'prod', hint: '…6789', source: 'stored', base_url: upstream.url },
    });
    expect((await call('gpt-4o')).status).toBe(200);
    expect(upstream.seen.at(-1)).toBe(`Bearer ${secret}`);
    const listed = (await root('GET', '/v1/models')).json.data as { id: string }[];
    expect(listed.map(({ id }) => id)).toContain('gpt-listed');
    const path = `/admin/credentials/${made.json.id}`;
    expect((await root('PATCH', path, { api_key: next }, { 'if-match': '"9"' })).status).toBe(412);
    const changed = await root('PATCH', path, { api_key: next }, { 'if-match': '"1"' });
    expect([changed.status, changed.json.hint, changed.json.base_url]).toEqual([200, '…9876', upstream.url]);
    await call('gpt-4o');
    expect(upstream.seen.at(-1)).toBe(`Bearer ${next}`);
    expect((await root('PATCH', path, { name: 'renamed' })).json.name).toBe('renamed');
    await call('gpt-4o');
    expect(upstream.seen.at(-1)).toBe(`Bearer ${next}`);
    expect((await root('DELETE', path)).status).toBe(204);
    expect((await root('GET', path)).status).toBe(404);
    expect((await call('gpt-4o')).json.error).toMatchObject({ code: 'provider_not_configured' });
  });

  test('joins what the file says of a provider without one', async () => {
    await call('acme/m');
    expect(upstream.seen.at(-1)).toBe('');
    const { json } = await root('POST', '/admin/credentials', { provider: 'acme', api_key: secret });
    await call('acme/m');
    expect(upstream.seen.at(-1)).toBe(`Bearer ${secret}`);
    await root('DELETE', `/admin/credentials/${json.id}`);
    await call('acme/m');
    expect(upstream.seen.at(-1)).toBe('');
  });

  test('is shown nowhere: not to administrators, not in replies, not in the log, not in the database', async () => {
    const sent = { provider: 'acme', api_key: secret };
    const key = { 'idempotency-key': 'once' };
    const made = await root('POST', '/admin/credentials', sent, key);
    const again = await root('POST', '/admin/credentials', sent, key);
    expect(again.json).toEqual(made.json);
    const path = `/admin/credentials/${made.json.id}`;
    const told = [
      made.text,
      (await root('GET', '/admin/credentials')).text,
      (await root('GET', path)).text,
      (await root('PATCH', path, { name: 'n' })).text,
      (await root('PATCH', path, { api_key: `${secret} ${secret}` })).text,
      (await root('POST', '/admin/credentials', { ...sent, nonsense: 1 })).text,
      (await call('acme/m')).text,
      (await call('acme/gpt-error')).text,
      gateway.stdout(),
      gateway.stderr(),
    ];
    for (const text of told) expect(text).not.toContain(secret);
    expect(told[6]).toContain('you sent Bearer [redacted]');
    const filesNow = () =>
      readdirSync(join(gateway.dir, 'data'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const files = filesNow();
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(file).not.toContain(secret);
      expect(file).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20));
      expect(file).not.toContain(Buffer.from(secret).toString('hex'));
    }
    await root('DELETE', path);
    for (const file of filesNow()) expect(file).not.toContain(secret);
  });
});

describe('refused', () => {
  test.each([
    [{ provider: 'mistral', api_key: secret }, 409, 'conflict', /MISTRAL_API_KEY/],
    [{ provider: 'keyed', api_key: secret }, 409, 'conflict', /opengateway\.json:\d+/],
    [{ provider: 'nobody', api_key: secret }, 400, 'invalid_value', /no provider 'nobody'/],
    [{ provider: 'vertex', api_key: secret }, 400, 'invalid_value', /takes no API key/],
    [{ provider: 'vllm', api_key: secret }, 400, 'invalid_value', /no address of its own/],
    [{ provider: 'azure', api_key: secret }, 400, 'invalid_value', /AZURE_OPENAI_ENDPOINT/],
    [
      { provider: 'acme', api_key: secret, base_url: 'http://else.test/v1' },
      400,
      'invalid_value',
      /is declared by/,
    ],
    [
      { provider: 'openai', api_key: secret, base_url: 'file:///etc/passwd' },
      400,
      'invalid_value',
      /address/,
    ],
    [{ provider: 'openai', api_key: 'a b' }, 400, 'invalid_value', /api_key/],
    [{ provider: 'openai' }, 400, 'missing_required_parameter', /api_key/],
    [{ provider: 'openai', api_key: secret, hint: 'x' }, 400, 'unknown_parameter', /hint/],
  ])('%j', async (body, status, code, message) => {
    const refused = await root('POST', '/admin/credentials', body);
    expect([refused.status, refused.json.error]).toMatchObject([
      status,
      { code, message: expect.stringMatching(message) as unknown },
    ]);
    expect(refused.text).not.toContain(secret);
  });

  test('what is declared is shown, and cannot be changed here', async () => {
    const { json } = await root('GET', '/admin/credentials');
    const declared = (json.data as { id: string; source: string; name: string }[]).filter(
      ({ source }) => source === 'declared',
    );
    expect(declared.map(({ id }) => id).sort()).toEqual(['declared_keyed', 'declared_mistral']);
    expect(JSON.stringify(json)).not.toContain('sk-declared');
    for (const method of ['PATCH', 'DELETE'])
      expect((await root(method, '/admin/credentials/declared_mistral', {})).json.error).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('MISTRAL_API_KEY') as unknown,
      });
  });

  test('a second one for the same provider', async () => {
    const { json } = await root('POST', '/admin/credentials', {
      provider: 'groq',
      name: 'one',
      api_key: secret,
    });
    const second = await root('POST', '/admin/credentials', { provider: 'groq', api_key: secret });
    expect([second.status, second.json.error]).toMatchObject([
      409,
      { code: 'conflict', message: expect.stringContaining(String(json.id)) as unknown },
    ]);
    const both = await Promise.all(
      ['a', 'b'].map((name) =>
        root('POST', '/admin/credentials', { provider: 'xai', name, api_key: secret }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    for (const { status, json: made } of [...both, { status: 201, json }])
      if (status === 201) await root('DELETE', `/admin/credentials/${made.id}`);
  });

  test('whoever is no platform administrator', async () => {
    for (const role of ['member', 'auditor', undefined]) {
      const { json } = await root('POST', '/admin/keys', { name: 'k', ...(role && { role }) });
      const ask = askWith(gateway.url, String(json.key));
      for (const [method, path] of [
        ['GET', '/admin/credentials'],
        ['POST', '/admin/credentials'],
        ['GET', '/admin/credentials/declared_mistral'],
        ['PATCH', '/admin/credentials/x'],
        ['DELETE', '/admin/credentials/x'],
      ] as const)
        expect((await ask(method, path, method === 'GET' ? undefined : {})).status).toBe(403);
    }
    const { json } = await root('POST', '/admin/keys', { name: 'k', role: 'platform_admin' });
    expect((await askWith(gateway.url, String(json.key))('GET', '/admin/credentials')).status).toBe(200);
    expect((await fetch(`${gateway.url}/admin/credentials`)).status).toBe(401);
  });
});

test('a row that was moved or changed opens nothing, and the rest works', async () => {
  const { Database } = await import('bun:sqlite');
  const { CredentialVault } = await import('../../../src/identity/credential-vault.ts');
  const one = new CredentialVault({
    keyedHash: (text) => Bun.hash(text).toString(16).padStart(64, '0'),
    prepare: async () => {},
  });
  const other = new CredentialVault({
    keyedHash: (text) => Bun.hash(`${text}!`).toString(16).padStart(64, '0'),
    prepare: async () => {},
  });
  const sealed = await one.seal('cred_1', secret);
  expect((await one.open({ id: 'cred_1', sealed })).reveal()).toBe(secret);
  expect(await one.seal('cred_1', secret)).not.toBe(sealed);
  const flipped = Buffer.from(sealed, 'base64');
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  for (const [vault, row] of [
    [one, { id: 'cred_2', sealed }],
    [one, { id: 'cred_1', sealed: flipped.toString('base64') }],
    [one, { id: 'cred_1', sealed: '' }],
    [other, { id: 'cred_1', sealed }],
  ] as const)
    await expect(vault.open(row)).rejects.toMatchObject({ code: 'storage_unavailable' });
  const { json } = await root('POST', '/admin/credentials', { provider: 'together', api_key: secret });
  const database = new Database(join(gateway.dir, 'data', 'opengateway.db'));
  database.run('PRAGMA busy_timeout = 5000');
  database.query('UPDATE upstream_credentials SET sealed = ? WHERE id = ?').run(sealed, String(json.id));
  database.close();
  // Any change makes what is kept be looked at again; this one stays in use as it was read.
  await root('PATCH', `/admin/credentials/${json.id}`, { name: 'x', api_key: next });
  expect((await root('DELETE', `/admin/credentials/${json.id}`)).status).toBe(204);
});

describe('across a restart', () => {
  const directory = mkdtempSync(join(tmpdir(), 'opengateway-credentials-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const start = (env: Record<string, string> = {}) =>
    startGateway({ env: { OPENGATEWAY_DATA_DIR: directory, ...env } });

  /** What a start that fails says, and its exit code. */
  async function failure(env: Record<string, string>): Promise<string> {
    const child = Bun.spawn([executable], {
      cwd: directory,
      env: cleanEnv({ PORT: '0', ROOT_KEY: rootKey, OPENGATEWAY_DATA_DIR: directory, ...env }),
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const timer = setTimeout(() => child.kill(), 8000);
    const text = await new Response(child.stderr).text();
    clearTimeout(timer);
    return `${await child.exited}: ${text}`;
  }

  test('it is used again; a declared one beside it is a clash that names both; another secret is refused', async () => {
    let running = await start();
    const ask = () => askWith(running.url, rootKey);
    const { json } = await ask()('POST', '/admin/credentials', {
      ...{ provider: 'openai', name: 'prod', api_key: secret, base_url: upstream.url },
    });
    await running.stop();
    running = await start();
    expect(running.stderr()).toContain('openai (gpt-*');
    expect(running.stderr()).not.toContain('demo/echo');
    const { status } = await ask()('POST', '/v1/chat/completions', {
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect([status, upstream.seen.at(-1)]).toEqual([200, `Bearer ${secret}`]);
    await running.stop();
    const clash = await failure({ OPENAI_API_KEY: 'sk-declared-now' });
    expect(clash).toMatch(/^2: .*OPENAI_API_KEY .*'prod' \(cred_/);
    expect(clash).toContain(String(json.id));
    expect(clash).not.toContain('sk-declared-now');
    expect(await failure({ OPENGATEWAY_SECRET: 'another secret altogether' })).toMatch(
      /^1: .*another secret/,
    );
  });
});

test('every process of several uses it within a second', async () => {
  const several = await startGateway({ env: { WORKERS: '3' } });
  const ask = askWith(several.url, rootKey);
  // A connection each, so that all of them are met.
  const statuses = async () =>
    await Promise.all(
      Array.from({ length: 24 }, async () => {
        const response = await fetch(`${several.url}/v1/chat/completions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${rootKey}`,
            connection: 'close',
            'content-type': 'application/json',
          },
          body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }),
        });
        return response.status;
      }),
    );
  expect(new Set(await statuses())).toEqual(new Set([404]));
  const sent = { provider: 'openai', api_key: secret, base_url: upstream.url };
  const { json } = await ask('POST', '/admin/credentials', sent);
  await Bun.sleep(1000);
  expect(new Set(await statuses())).toEqual(new Set([200]));
  await ask('DELETE', `/admin/credentials/${json.id}`);
  await Bun.sleep(1000);
  expect(new Set(await statuses())).toEqual(new Set([404]));
  await several.stop();
}, 20_000);

test('from the command line', async () => {
  const run = async (args: readonly string[], input = '') => {
    const child = Bun.spawn([executable, 'credentials', ...args, '--url', gateway.url], {
      cwd: gateway.dir,
      env: cleanEnv({ ROOT_KEY: rootKey }),
      stdin: new Blob([input]),
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { code: await child.exited, out, err };
  };
  const made = await run(
    ['create', '--provider', 'openrouter', '--name', 'cli', '--api-key', '-'],
    `${secret}\n`,
  );
  expect([made.code, made.err]).toEqual([0, '']);
  expect(made.out).toContain('…6789');
  const list = await run(['list']);
  expect(list.out).toMatch(/ID +PROVIDER +NAME +HINT +SOURCE/);
  const [id = ''] = /cred_[0-9a-f]{32}/.exec(list.out) ?? [];
  expect((await run(['update', id, '--name', 'renamed'])).out).toContain('renamed');
  expect((await run(['show', id, '--json'])).out).not.toContain(secret);
  expect((await run(['delete', id])).out).toBe(`${id} is gone\n`);
  const clash = await run(['create', '--provider', 'mistral', '--api-key', secret]);
  expect(clash.code).toBe(1);
  expect(clash.err).toContain('MISTRAL_API_KEY');
});
