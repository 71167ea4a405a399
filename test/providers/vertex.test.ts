/** Vertex: where each publisher's models are, what becomes of a body, and tokens from each kind of credential. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Losses } from '../../src/core/losses.ts';
import type { Connection } from '../../src/providers/provider.ts';
import { vertex } from '../../src/providers/vertex.ts';
import { noTransport as transport } from '../support/fetch-through.ts';

function connected(environment: Record<string, string>, baseUrl?: string): Connection {
  const connection = vertex.connect?.({ environment, baseUrl, key: undefined, transport });
  if (connection === undefined) throw new Error('it does not connect');
  return connection;
}

const project = { GOOGLE_CLOUD_PROJECT: 'p' };
const at = (location: string) => `/v1/projects/p/locations/${location}/publishers`;

test.each([
  [
    'gemini-2.5-flash',
    'gemini',
    false,
    undefined,
    'https://aiplatform.googleapis.com',
    'google/models/gemini-2.5-flash:generateContent',
  ],
  [
    'gemini-2.5-flash',
    'gemini',
    true,
    'europe-west4',
    'https://europe-west4-aiplatform.googleapis.com',
    'google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
  ],
  [
    'claude-sonnet-4-5@20250929',
    'anthropic-messages',
    false,
    'us-east5',
    'https://us-east5-aiplatform.googleapis.com',
    'anthropic/models/claude-sonnet-4-5@20250929:rawPredict',
  ],
  [
    'claude-opus-4-1',
    'anthropic-messages',
    true,
    'eu',
    'https://aiplatform.eu.rep.googleapis.com',
    'anthropic/models/claude-opus-4-1:streamRawPredict',
  ],
  [
    '../../x?y#z',
    'gemini',
    false,
    'global',
    'https://aiplatform.googleapis.com',
    'google/models/..%2F..%2Fx%3Fy%23z:generateContent',
  ],
] as const)('%s in %s (stream: %p) of %p', (model, dialect, stream, location, host, rest) => {
  const environment: Record<string, string> =
    location === undefined ? project : { ...project, GOOGLE_CLOUD_LOCATION: location };
  const { url } = connected(environment);
  expect(url?.({ model, dialect, stream, path: '/ignored' })).toBe(
    `${host}${at(location ?? 'global')}/${rest}`,
  );
});

test.each(['http://127.0.0.1:9', 'http://127.0.0.1:9/v1'])(
  'another address, %s, has its version once',
  (base) => {
    const { url } = connected(project, base);
    expect(url?.({ model: 'm', dialect: 'gemini', stream: false, path: '' })).toBe(
      `http://127.0.0.1:9${at('global')}/google/models/m:generateContent`,
    );
  },
);

test('the model decides the language', () => {
  const { dialectsOf } = connected(project);
  expect([...(dialectsOf?.('claude-opus-4-1') ?? [])]).toEqual([
    'anthropic-messages',
    'anthropic-count-tokens',
  ]);
  expect([...(dialectsOf?.('gemini-2.5-pro') ?? [])]).toEqual(['gemini', 'gemini-count-tokens']);
});

test.each([
  ['gemini-embedding-2', 'gemini-embed-content', 'embedContent'],
  ['gemini-embedding-2-preview', 'gemini-embed-content', 'embedContent'],
  ['gemini-embedding-001', 'vertex-predict', 'predict'],
  ['text-embedding-005', 'vertex-predict', 'predict'],
  ['text-multilingual-embedding-002', 'vertex-predict', 'predict'],
  ['textembedding-gecko@003', 'vertex-predict', 'predict'],
] as const)('%s embeds in %s, its name in the address alone', (model, dialect, verb) => {
  const { url, adapt, dialectsOf } = connected(project);
  expect([...(dialectsOf?.(model) ?? [])]).toContain(dialect);
  const route = { model, dialect, stream: false } as const;
  expect(url?.({ ...route, path: '/ignored' })).toBe(
    `https://aiplatform.googleapis.com${at('global')}/google/models/${model}:${verb}`,
  );
  expect(adapt?.({ content: 'x' }, route, new Losses())).toEqual({ content: 'x' });
  if (verb === 'embedContent')
    expect(adapt?.({ model: `models/${model}`, content: 'x' }, route, new Losses())).toEqual({
      content: 'x',
    });
});

test('tokens are counted at addresses of their own', () => {
  const { url, adapt } = connected(project);
  const of = (model: string, dialect: 'gemini-count-tokens' | 'anthropic-count-tokens') =>
    url?.({ model, dialect, stream: false, path: '' });
  expect(of('gemini-2.5-pro', 'gemini-count-tokens')).toEndWith('/google/models/gemini-2.5-pro:countTokens');
  expect(of('claude-x', 'anthropic-count-tokens')).toEndWith('/anthropic/models/count-tokens:rawPredict');
  const route = { model: 'claude-x', dialect: 'anthropic-count-tokens', stream: false } as const;
  expect(adapt?.({ model: 'vertex/claude-x' }, route, new Losses())).toEqual({
    anthropic_version: 'vertex-2023-10-16',
    model: 'claude-x',
  });
});

test('Claude is told the version in the body and the model in the address; Gemini is told nothing more', () => {
  const { adapt } = connected(project);
  const losses = new Losses();
  const claude = { model: 'claude-opus-4-1', dialect: 'anthropic-messages', stream: true } as const;
  const body = { model: 'claude-opus-4-1', max_tokens: 5, stream: true };
  expect(adapt?.(body, claude, losses)).toEqual({
    anthropic_version: 'vertex-2023-10-16',
    max_tokens: 5,
    stream: true,
  });
  expect(adapt?.({ anthropic_version: 'own' }, claude, losses)).toEqual({ anthropic_version: 'own' });
  expect(adapt?.(body, { ...claude, dialect: 'gemini' }, losses)).toBe(body);
});

describe('credentials', () => {
  const dir = mkdtempSync(join(tmpdir(), 'opengateway-vertex-'));
  const asked: { readonly path: string; readonly headers: Headers; readonly body: string }[] = [];
  let status = 200;
  let server: ReturnType<typeof Bun.serve>;
  let base = '';
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const savedHost = process.env.GCE_METADATA_HOST;

  beforeAll(() => {
    server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        const { pathname } = new URL(request.url);
        asked.push({ path: pathname, headers: request.headers, body: await request.text() });
        if (status !== 200) return Response.json({ error: 'invalid_grant' }, { status });
        const token = { access_token: `token of ${pathname}`, expires_in: 3600, token_type: 'Bearer' };
        const issued = { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
        return Response.json({ ...token, ...issued }, { headers: { 'metadata-flavor': 'Google' } });
      },
    });
    base = `http://127.0.0.1:${server.port}`;
  });
  afterAll(() => {
    server.stop(true);
    rmSync(dir, { recursive: true, force: true });
    if (savedHost === undefined) delete process.env.GCE_METADATA_HOST;
    else process.env.GCE_METADATA_HOST = savedHost;
  });

  const write = (name: string, json: unknown): string => {
    const path = join(dir, name);
    writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json));
    return path;
  };
  const serviceAccount = () => ({
    type: 'service_account',
    project_id: 'project-of-the-file',
    private_key_id: 'k',
    private_key: privateKey,
    client_email: 'a@p.iam.gserviceaccount.com',
    token_uri: `${base}/token`,
  });
  const request = { url: 'https://x', headers: { accept: 'x' }, body: '{}' };
  const bearerOf = async (connection: Connection) => (await connection.authorize?.(request))?.authorization;

  test('a service account signs for a token, once for many, where its file says; the project is its own', async () => {
    asked.length = 0;
    const connection = connected({ GOOGLE_APPLICATION_CREDENTIALS: write('sa.json', serviceAccount()) });
    const bearers = await Promise.all([bearerOf(connection), bearerOf(connection)]);
    expect(bearers).toEqual(['Bearer token of /token', 'Bearer token of /token']);
    expect(asked.map(({ path }) => path)).toEqual(['/token']);
    const assertion = new URLSearchParams(asked[0]?.body).get('assertion') ?? '';
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const isSigned = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(publicKey, signature, 'base64url');
    expect(isSigned).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'a@p.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
    expect(connection.url?.({ model: 'm', dialect: 'gemini', stream: false, path: '' })).toContain(
      '/projects/project-of-the-file/',
    );
    expect(connection.secrets?.map((secret) => secret.reveal())).toEqual(['token of /token']);
  });

  test('workload identity exchanges the token it finds', async () => {
    asked.length = 0;
    const path = write('external.json', {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${base}/sts`,
      credential_source: { file: write('subject.txt', 'the subject') },
    });
    const connection = connected({ ...project, GOOGLE_APPLICATION_CREDENTIALS: path });
    expect(await bearerOf(connection)).toBe('Bearer token of /sts');
    expect(new URLSearchParams(asked[0]?.body).get('subject_token')).toBe('the subject');
  });

  test('without a file the metadata server is asked', async () => {
    asked.length = 0;
    process.env.GCE_METADATA_HOST = `127.0.0.1:${server.port}`;
    expect(await bearerOf(connected(project))).toMatch(
      /^Bearer token of \/computeMetadata\/v1\/instance\/service-accounts\/default\/token$/,
    );
    for (const { headers } of asked) expect(headers.get('metadata-flavor')).toBe('Google');
  });

  test('a refusal is an error at the call, not before, and the key is not in it', async () => {
    status = 400;
    const connection = connected({ GOOGLE_APPLICATION_CREDENTIALS: write('sa.json', serviceAccount()) });
    const thrown: unknown = await bearerOf(connection).catch((error: unknown) => error);
    status = 200;
    expect(thrown).toBeInstanceOf(Error);
    expect(String(thrown)).toContain('invalid_grant');
    expect(String(thrown)).not.toContain('PRIVATE KEY');
    expect(await bearerOf(connection)).toBe('Bearer token of /token');
  });

  test.each([
    [
      'no such file',
      { GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json' },
      /cannot be read: \/nowhere\.json \(ENOENT\)/,
    ],
    [
      'a location that is an address',
      { ...project, GOOGLE_CLOUD_LOCATION: 'evil.example/' },
      /GOOGLE_CLOUD_LOCATION/,
    ],
  ])('with %s it says what is wrong', (_what, environment, said) => {
    expect(() => connected(environment as Record<string, string>)).toThrow(said);
  });

  test('without a project only its own calls fail', () => {
    const { project_id: _, ...nameless } = serviceAccount();
    const { url } = connected({ GOOGLE_APPLICATION_CREDENTIALS: write('nameless.json', nameless) });
    expect(() => url?.({ model: 'm', dialect: 'gemini', stream: false, path: '' })).toThrow(
      /set GOOGLE_CLOUD_PROJECT/,
    );
  });

  test('a file that is no JSON, or of a kind unknown', async () => {
    const odd = write('odd.json', '{');
    expect(() => connected({ ...project, GOOGLE_APPLICATION_CREDENTIALS: odd })).toThrow(/no JSON/);
    const unknown = write('unknown.json', { type: 'mystery', private_key: 'PRIVATE' });
    const thrown = await bearerOf(connected({ ...project, GOOGLE_APPLICATION_CREDENTIALS: unknown })).catch(
      String,
    );
    expect(thrown).toContain('"mystery"');
    expect(thrown).not.toContain('PRIVATE');
  });
});
