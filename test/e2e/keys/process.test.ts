/** Keys over the life of a process: kept over a restart, hashed with their own secret, behind proxies, and hostile texts. */
import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../support/bun-program.ts';
import { executable, rootKey, startGateway } from '../../support/gateway.ts';
import { administrationOf } from './stage.ts';

const chat = { model: 'demo/echo', messages: [{ role: 'user', content: 'x' }] };

async function post(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify(chat),
  });
  return { status: response.status, text: await response.text() };
}

let kept: string;
beforeAll(() => {
  kept = mkdtempSync(join(tmpdir(), 'opengateway-kept-'));
});
afterAll(() => rmSync(kept, { recursive: true, force: true }));

test('keys outlive the process, killed or not', async () => {
  const dataDir = join(kept, 'data');
  const env = { OPENGATEWAY_DATA_DIR: dataDir };
  const first = await startGateway({ env });
  expect(existsSync(dataDir)).toBe(false);
  const { json } = await administrationOf(first.url)('POST', '/admin/keys', { name: 'k' });
  const bearer = { authorization: `Bearer ${json.key}` };
  expect((await post(first.url, bearer)).status).toBe(200);
  process.kill(first.pid, 'SIGKILL');
  await first.stop();
  const second = await startGateway({ env });
  try {
    expect((await post(second.url, bearer)).status).toBe(200);
    expect(second.stderr()).toContain(join(dataDir, 'opengateway.db'));
  } finally {
    await second.stop();
  }
  const database = new Database(join(dataDir, 'opengateway.db'), { readonly: true });
  const stored = database.query('SELECT hash FROM key_secrets').all() as { hash: string }[];
  database.close();
  const secret = readFileSync(join(dataDir, 'opengateway.secret'), 'utf8').trim();

  const third = await startGateway({ env });
  try {
    // What stands in the files opens nothing.
    const sha = new Bun.CryptoHasher('sha256').update(String(json.key)).digest('hex');
    for (const text of [...stored.map(({ hash }) => hash), secret, sha, String(json.id), String(json.hint)])
      expect((await post(third.url, { 'x-api-key': encodeURIComponent(text) })).status).toBe(401);
  } finally {
    await third.stop();
  }

  const refused = await run([executable], kept, { ...env, OPENGATEWAY_SECRET: 'another secret altogether' });
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('hashed with another secret')]);
}, 60_000);

test.each([
  [{ DATABASE_URL: 'postgres://user:hunter2/@db/x' }, 2, 'is no address'],
  [{ DATABASE_URL: 'mysql://user:hunter2@db/x' }, 2, 'must be `sqlite:<path>` or `postgres://…`'],
  [{ OPENGATEWAY_SECRET: 'short' }, 2, 'at least 16 characters'],
  [{ OPENGATEWAY_SECRET: '' }, 2, 'OPENGATEWAY_SECRET'],
  [{ TRUSTED_PROXIES: '10.0.0.0/8, nowhere' }, 2, "'nowhere' is no address"],
] as [Record<string, string>, number, string][])('%j is refused at start', async (env, code, said) => {
  const { code: exit, err } = await run([executable, '--port', '0'], kept, env);
  expect(exit).toBe(code);
  expect(err).toContain(said);
  expect(err).not.toContain('hunter2');
});

test('DATABASE_URL says where', async () => {
  const path = join(kept, 'elsewhere', 'keys.db');
  const gateway = await startGateway({ env: { DATABASE_URL: `sqlite:${path}` } });
  try {
    expect((await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'k' })).status).toBe(201);
    expect([existsSync(path), existsSync(join(kept, 'elsewhere', 'keys.secret'))]).toEqual([true, true]);
  } finally {
    await gateway.stop();
  }
});

test('a database of a newer version stops the start', async () => {
  const dataDir = join(kept, 'newer');
  cpSync(join(kept, 'elsewhere'), dataDir, { recursive: true });
  const database = new Database(join(dataDir, 'keys.db'));
  database.run("INSERT INTO schema_migrations VALUES (999, 'x', 1)");
  database.close();
  const { code, err } = await run([executable, '--port', '0'], kept, {
    DATABASE_URL: `sqlite:${join(dataDir, 'keys.db')}`,
  });
  expect([code, err]).toEqual([1, expect.stringContaining('newer version')]);
});

describe('behind proxies', () => {
  const cases: [trusted: string, allowed: string[], forwarded: string | undefined, good: boolean][] = [
    ['', ['127.0.0.1'], undefined, true],
    ['', ['127.0.0.1'], '203.0.113.9', true],
    ['', ['203.0.113.9'], '203.0.113.9', false],
    ['127.0.0.1', ['203.0.113.9'], '203.0.113.9', true],
    ['127.0.0.1', ['203.0.113.9'], '203.0.113.9, 198.51.100.1', false],
    ['127.0.0.1', ['198.51.100.1'], '203.0.113.9, 198.51.100.1', true],
    ['127.0.0.1, 198.51.100.0/24', ['203.0.113.9'], '1.1.1.1, 203.0.113.9, 198.51.100.1', true],
    ['127.0.0.1', ['203.0.113.9'], '::ffff:203.0.113.9', true],
    ['127.0.0.1', ['2001:db8::/32'], '[2001:db8::7]:443', true],
    ['127.0.0.1', ['127.0.0.1'], 'unknown', false],
    ['127.0.0.1', ['0.0.0.0/0'], 'x', false],
  ];
  test.each(cases)('trusting %p, %j may call as %p: %p', async (trusted, allowed, forwarded, good) => {
    const gateway = await startGateway({ env: { TRUSTED_PROXIES: trusted } });
    try {
      const { json } = await administrationOf(gateway.url)('POST', '/admin/keys', {
        name: 'k',
        allowed_ips: allowed,
      });
      const headers = {
        authorization: `Bearer ${json.key}`,
        ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
      };
      expect((await post(gateway.url, headers)).status).toBe(good ? 200 : 403);
    } finally {
      await gateway.stop();
    }
  });
});

test('texts meant for a database are unknown keys like any other, in the same words', async () => {
  const gateway = await startGateway();
  try {
    const { json } = await administrationOf(gateway.url)('POST', '/admin/keys', { name: 'k' });
    const key = String(json.key);
    const corpus = [
      "' OR '1'='1",
      "sk-og-' OR 1=1 --aaaaaaaaaaaaaaaaaaaaaa",
      "'; DROP TABLE keys; --",
      `sk-og-${'a'.repeat(32)}`,
      `sk-og-test-${'a'.repeat(32)}`,
      key.slice(0, -1),
      `${key}x`,
      `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`,
      key.toUpperCase(),
      key.replace('sk-og-', 'sk-og-test-'),
      `${key}%00`,
      '%',
      '*',
      '{"$ne":null}',
      '__proto__',
      rootKey.slice(0, -1),
    ];
    const answers = new Set<string>();
    for (const text of corpus)
      for (const name of ['authorization', 'x-api-key', 'api-key']) {
        const { status, text: said } = await post(gateway.url, {
          [name]: name === 'authorization' ? `Bearer ${text}` : text,
        });
        expect([text, status]).toEqual([text, 401]);
        answers.add(said);
      }
    expect(answers.size).toBe(1);
    expect((await post(gateway.url, { authorization: `Bearer ${key}` })).status).toBe(200);
  } finally {
    await gateway.stop();
  }
});

test('a second gateway on the same data directory is refused, and takes over when the first is killed', async () => {
  const env = { OPENGATEWAY_DATA_DIR: join(kept, 'shared') };
  const first = await startGateway({ env });
  try {
    await administrationOf(first.url)('POST', '/admin/keys', { name: 'k' });
    const { code, err } = await run([executable, '--port', '0'], kept, env);
    expect([code, err]).toEqual([1, expect.stringContaining('another gateway is using it')]);
    process.kill(first.pid, 'SIGKILL');
  } finally {
    await first.stop();
  }
  const second = await startGateway({ env });
  expect(await second.stop()).toBe(0);
}, 30_000);
